import { afterNextPass } from "../next-pass.ts";
import { TimeLimit } from "../time-limit.ts";

export interface KeepAliveOptions {
  readonly pingInterval: number;
  readonly maxPingsOut: number;
}

/** What keep-alive needs of the link. */
export interface KeepAliveHost {
  /** How many times bytes have come. */
  heard(): number;
  /** Whether bytes wait to leave and none has left since this was asked last. */
  isStalled(): boolean;
  /** Whether something was published that the server has not confirmed, and is not being asked to. */
  isUnconfirmed(): boolean;
  ping(): void;
  onStale(): void;
}

/** A tick that comes later than this part of the interval tells of a blocked event loop, not of a dead peer. */
const LATE = 0.5;

/**
 * Notices a peer that went silent or stopped reading: a tick that saw no byte since the last one asks for a sign of
 * life, and gives the link up when too many such questions went unanswered (FLUSH-13, FLUSH-14; any byte counts as an
 * answer); a tick since which nothing left, although something waits, counts as an unanswered one. One that comes late
 * asks if nothing has been asked, and judges nothing: a process that was asleep may have missed the answers. After
 * another late one it does, for where timers are throttled, as in a hidden tab, all ticks are late.
 *
 * A peer that speaks is asked to confirm what was published: a link that never falls silent may break too, and then only
 * what was published since the last tick but one may be lost.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #host: KeepAliveHost;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #probe = new TimeLimit(() => this.#endProbe());
  #unanswered = 0;
  // A tick and a probe have a mark each: what one has heard must not count as old for the other.
  #heardAtTick: number;
  #heardAtProbe = 0;
  #lastTick = performance.now();
  /** The tick before came late, and saw no sign of life. */
  #wasLate = false;
  #isToLook = false;
  #cancelLook: (() => void) | undefined;

  constructor(options: KeepAliveOptions, host: KeepAliveHost) {
    this.#options = options;
    this.#host = host;
    this.#heardAtTick = host.heard();
    if (options.pingInterval > 0) this.#timer = setInterval(() => this.#onTick(), options.pingInterval);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#cancelLook?.();
    this.#probe.stop();
  }

  /** Asks for a sign of life now, and gives the link up if none comes within `limit` milliseconds. */
  probe(limit: number): void {
    if (this.#probe.isRunning) return;
    this.#heardAtProbe = this.#host.heard();
    this.#host.ping();
    this.#probe.start(limit);
  }

  #endProbe(): void {
    if (this.#host.heard() === this.#heardAtProbe) this.#host.onStale();
  }

  #onTick(): void {
    const now = performance.now();
    const isLate = now - this.#lastTick > this.#options.pingInterval * (1 + LATE);
    this.#lastTick = now;
    if (this.#isToLook) return;
    this.#isToLook = true;
    // What came while the process was blocked is read first.
    this.#cancelLook = afterNextPass(() => this.#look(isLate));
  }

  #look(isLate: boolean): void {
    this.#isToLook = false;
    const heard = this.#host.heard();
    const hasHeard = heard > this.#heardAtTick;
    this.#heardAtTick = heard;
    const isStalled = this.#host.isStalled();
    // A peer that speaks and does not read is as good as dead: what is published never reaches it.
    if (hasHeard && !isStalled) {
      this.#unanswered = 0;
      this.#wasLate = false;
      if (this.#host.isUnconfirmed()) this.#host.ping();
      return;
    }
    const judges = !isLate || this.#wasLate;
    this.#wasLate = isLate;
    if (!judges && (this.#unanswered > 0 || isStalled)) return;
    if (judges && this.#unanswered >= this.#options.maxPingsOut) {
      this.#host.onStale();
      return;
    }
    this.#unanswered++;
    // A question that can't leave would only lengthen the queue.
    if (!isStalled) this.#host.ping();
  }
}

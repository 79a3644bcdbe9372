export interface KeepAliveOptions {
  readonly pingInterval: number;
  readonly maxPingsOut: number;
}

/** What keep-alive asks of the link and does to it. */
export interface KeepAliveEffects {
  /** Whether any byte came since this was asked last. */
  hasHeard(): boolean;
  /** Whether bytes wait to leave and none has left since this was asked last. */
  isStalled(): boolean;
  ping(): void;
  onStale(): void;
}

/** A tick that comes later than this part of the interval tells of a blocked event loop, not of a dead peer. */
const LATE = 0.5;

/**
 * Notices a peer that went silent or stopped reading: a tick that saw no byte since the last one asks for a sign of
 * life, and gives the link up when too many such questions went unanswered (FLUSH-13, FLUSH-14; any byte counts as an
 * answer); a tick since which nothing left, although something waits, counts as an unanswered one.
 */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #effects: KeepAliveEffects;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #unanswered = 0;
  #probe: ReturnType<typeof setTimeout> | undefined;
  #lastTick = performance.now();

  constructor(options: KeepAliveOptions, effects: KeepAliveEffects) {
    this.#options = options;
    this.#effects = effects;
    if (options.pingInterval > 0) this.#timer = setInterval(() => this.#onTick(), options.pingInterval);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#probe);
  }

  /** Asks for a sign of life now, and gives the link up if none comes within `limit` milliseconds. */
  probe(limit: number): void {
    if (this.#probe !== undefined) return;
    this.#effects.hasHeard();
    this.#effects.ping();
    this.#probe = setTimeout(() => {
      this.#probe = undefined;
      if (!this.#effects.hasHeard()) this.#effects.onStale();
    }, limit);
  }

  #onTick(): void {
    const now = performance.now();
    const isLate = now - this.#lastTick > this.#options.pingInterval * (1 + LATE);
    this.#lastTick = now;
    const hasHeard = this.#effects.hasHeard();
    const isStalled = this.#effects.isStalled();
    // A peer that speaks and does not read is as good as dead: what is published never reaches it.
    if (hasHeard && !isStalled) this.#unanswered = 0;
    // After a pause of the whole process the answers lie unread in the socket: look again at the next tick.
    if ((hasHeard && !isStalled) || isLate) return;
    if (this.#unanswered >= this.#options.maxPingsOut) {
      this.#effects.onStale();
      return;
    }
    this.#unanswered++;
    // A question that can't leave would only lengthen the queue.
    if (!isStalled) this.#effects.ping();
  }
}

/** Milliseconds after which a client is first asked, whatever the interval: it measures the round trip (nats-server 2.15). */
const FIRST = 2000;

export interface KeepAliveOptions {
  /** Milliseconds between questions. */
  readonly pingInterval: number;
  /** How many may go unanswered. */
  readonly maxPingsOut: number;
}

/** Asks a quiet client for a sign of life, and notices that none came. */
export class KeepAlive {
  readonly #options: KeepAliveOptions;
  readonly #ping: () => void;
  readonly #onStale: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unanswered = 0;
  #askedAt: number | undefined;
  #lastHeard: number = performance.now();
  /** Milliseconds of the last round trip; undefined until one is known. */
  rtt: number | undefined;

  constructor(options: KeepAliveOptions, ping: () => void, onStale: () => void) {
    this.#options = options;
    this.#ping = ping;
    this.#onStale = onStale;
  }

  start(): void {
    clearTimeout(this.#timer);
    this.#schedule(Math.min(FIRST, this.#options.pingInterval));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  get lastHeard(): Date {
    return new Date(performance.timeOrigin + this.#lastHeard);
  }

  /** Messages, subscriptions or a PING have come. */
  onHeard(): void {
    this.#lastHeard = performance.now();
  }

  onPong(): void {
    this.#unanswered = 0;
    if (this.#askedAt !== undefined) this.rtt = performance.now() - this.#askedAt;
    this.#askedAt = undefined;
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => this.#onTime(), delay);
    // A server in memory must not keep a process alive; one that listens is kept alive by its listener.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #onTime(): void {
    const { pingInterval, maxPingsOut } = this.#options;
    const isQuiet = performance.now() - this.#lastHeard >= pingInterval;
    if (isQuiet || this.rtt === undefined) {
      if (this.#unanswered + 1 > maxPingsOut) {
        this.#onStale();
        return;
      }
      this.#unanswered++;
      this.#askedAt ??= performance.now();
      this.#ping();
    }
    this.#schedule(pingInterval);
  }
}

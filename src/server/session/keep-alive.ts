/** Milliseconds after which a client is first asked, whatever the interval: it measures the round trip (nats-server 2.15). */
const FIRST = 2000;

/** Milliseconds after which a client is asked how long a round trip takes, however much it says (nats-server 2.15). */
const MEASURE_AGAIN = 3_600_000;

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
  /** When it was asked last. */
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

  /** CONNECT has come, as many milliseconds after the greeting: about those of a round trip. */
  onConnect(time: number): void {
    this.rtt ??= time;
    this.start();
  }

  /** Messages, subscriptions or a PING have come. */
  onHeard(): void {
    this.#lastHeard = performance.now();
  }

  onPong(): void {
    if (this.#unanswered > 0) this.rtt = performance.now() - this.#askedAt!;
    this.#unanswered = 0;
  }

  #schedule(delay: number): void {
    this.#timer = setTimeout(() => this.#onTime(), delay);
    // A server in memory must not keep a process alive; one that listens is kept alive by its listener.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #onTime(): void {
    const { pingInterval, maxPingsOut } = this.#options;
    const now = performance.now();
    const isQuiet = now - this.#lastHeard >= pingInterval;
    const isToMeasure = this.rtt === undefined || now - (this.#askedAt ?? -Infinity) > MEASURE_AGAIN;
    if (isQuiet || isToMeasure) {
      if (this.#unanswered + 1 > maxPingsOut) {
        this.#onStale();
        return;
      }
      this.#unanswered++;
      this.#askedAt = now;
      this.#ping();
    }
    this.#schedule(pingInterval);
  }
}

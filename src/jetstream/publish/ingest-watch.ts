/** What an ingest's watch asks, and tells. */
export interface IngestWatchHost {
  hasLink(): boolean;
  /** Whether a word of the server is needed to go on. */
  isWaiting(): boolean;
  /** Makes the server say something. */
  ask(): void;
  /** It has said nothing for too long. */
  onSilence(): void;
}

/** How often it looks, in the time that a silence may last. */
const LOOKS = 4;

/** Milliseconds; a server forgets an ingest that says nothing for 10 seconds. */
const MAX_IDLE = 3000;

/**
 * Asks the server if an ack is late, for acks may be lost, and gives it up after a time. It also keeps an ingest alive that has
 * nothing to send for a while.
 */
export class IngestWatch {
  readonly #timeout: number;
  readonly #interval: number;
  readonly #host: IngestWatchHost;
  #timer: ReturnType<typeof setInterval> | undefined;
  #hasSent = false;
  #hasHeard = false;
  /** Looks since the last word. */
  #silent = 0;

  constructor(timeout: number, host: IngestWatchHost) {
    this.#timeout = timeout;
    this.#interval = Math.min(MAX_IDLE, Math.max(1, Math.ceil(timeout / LOOKS)));
    this.#host = host;
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), this.#interval);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  onSent(): void {
    this.#hasSent = true;
  }

  onHeard(): void {
    this.#hasHeard = true;
  }

  #look(): void {
    const hasHeard = this.#hasHeard;
    const hasSent = this.#hasSent;
    this.#hasHeard = false;
    this.#hasSent = false;
    const hasLink = this.#host.hasLink();
    if (!hasLink || hasHeard || !this.#host.isWaiting()) {
      this.#silent = 0;
      if (hasLink && !hasSent) this.#host.ask();
      return;
    }
    this.#silent++;
    if (this.#silent * this.#interval >= this.#timeout) this.#host.onSilence();
    else this.#host.ask();
  }
}

import { type LinkFaults, WINDOW } from "./link-faults.ts";

/** A chunk, or the end, with the time at which it came. */
interface Arrival {
  readonly chunk: Uint8Array | undefined;
  readonly at: number;
}

export interface DelayedInputEvents {
  readonly onData: (chunk: Uint8Array) => void;
  readonly onClose: () => void;
  /** So much waits that the client should not be read from, or no longer so much. */
  readonly onFull: () => void;
  /** Nothing waits any more. */
  readonly onEmpty: () => void;
}

/** Bytes from the client which the session is to get later; their order stays, and the end stays behind them. */
export class DelayedInput {
  readonly #events: DelayedInputEvents;
  #delay: number;
  #arrivals: Arrival[] = [];
  #bytes = 0;
  #isFull = false;
  #isPaused: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ readingDelay }: LinkFaults, isPaused: boolean, events: DelayedInputEvents) {
    this.#delay = readingDelay;
    this.#isPaused = isPaused;
    this.#events = events;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  get isEmpty(): boolean {
    return this.#arrivals.length === 0;
  }

  set({ readingDelay }: LinkFaults, isPaused: boolean): void {
    this.#delay = readingDelay;
    this.#isPaused = isPaused;
    this.#pump();
  }

  /** Takes a chunk, or the end. */
  take(chunk: Uint8Array | undefined): void {
    this.#arrivals.push({ chunk, at: performance.now() });
    this.#bytes += chunk?.length ?? 0;
    if (this.#arrivals.length === 1) this.#pump();
    if (this.#bytes > WINDOW) this.#setFull(true);
  }

  /** Forgets what it holds. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#arrivals = [];
    this.#bytes = 0;
  }

  readonly #pump = (): void => {
    clearTimeout(this.#timer);
    while (this.#arrivals.length > 0 && !this.#isPaused) {
      const { chunk, at } = this.#arrivals[0]!;
      const wait = at + this.#delay - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(this.#pump, wait);
        break;
      }
      this.#arrivals.shift();
      this.#bytes -= chunk?.length ?? 0;
      if (chunk === undefined) this.#events.onClose();
      else this.#events.onData(chunk);
    }
    if (this.#bytes <= WINDOW / 2) this.#setFull(false);
    if (this.isEmpty) this.#events.onEmpty();
  };

  #setFull(isFull: boolean): void {
    if (this.#isFull === isFull) return;
    this.#isFull = isFull;
    this.#events.onFull();
  }
}

import type { WaitLimits, WaitOptions } from "./waiter.ts";

/** Something that ends when a signal aborts. */
export interface AbortListener {
  handleEvent(): void;
}

/** An `AbortSignal`, as far as a wait needs one. */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: AbortListener): void;
  removeEventListener(type: "abort", listener: AbortListener): void;
}

/**
 * A signal, and all that ends with it. They share one listener: Node goes through a signal's list for each that comes and
 * goes, and warns of a leak from the eleventh on.
 */
class SharedSignal implements AbortSource, AbortListener {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<AbortListener>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get aborted(): boolean {
    return this.#signal.aborted;
  }

  get reason(): unknown {
    return this.#signal.reason;
  }

  addEventListener(_type: "abort", listener: AbortListener): void {
    if (this.#listeners.size === 0) this.#signal.addEventListener("abort", this);
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: AbortListener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
  }

  /** The signal aborts. */
  handleEvent(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#stop();
    for (const listener of listeners) listener.handleEvent();
  }

  #stop(): void {
    this.#signal.removeEventListener("abort", this);
  }
}

/** The signals that a connection has been given. */
export class SharedSignals {
  readonly #shared = new WeakMap<AbortSignal, SharedSignal>();

  of(signal: AbortSignal): AbortSource {
    let shared = this.#shared.get(signal);
    if (shared === undefined) {
      shared = new SharedSignal(signal);
      this.#shared.set(signal, shared);
    }
    return shared;
  }

  /** These limits with the signal as it is shared. */
  limits({ signal, ...others }: WaitOptions): WaitLimits {
    return signal === undefined ? others : { ...others, signal: this.of(signal) };
  }
}

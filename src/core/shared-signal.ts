/** Something that ends when a signal aborts. */
export interface AbortListener {
  onAbort(): void;
}

/**
 * A signal, and all that ends with it. They share one listener: Node goes through a signal's list for each that comes and
 * goes, and warns of a leak from the eleventh on.
 */
export class SharedSignal {
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

  add(listener: AbortListener): void {
    if (this.#listeners.size === 0) this.#signal.addEventListener("abort", this.#onAbort);
    this.#listeners.add(listener);
  }

  delete(listener: AbortListener): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#stop();
  }

  readonly #onAbort = (): void => {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    this.#stop();
    for (const listener of listeners) listener.onAbort();
  };

  #stop(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** The signals that a connection has been given. */
export class SharedSignals {
  readonly #shared = new WeakMap<AbortSignal, SharedSignal>();

  of(signal: AbortSignal): SharedSignal {
    let shared = this.#shared.get(signal);
    if (shared === undefined) {
      shared = new SharedSignal(signal);
      this.#shared.set(signal, shared);
    }
    return shared;
  }
}

import type { TransportListener } from "../core/transport.ts";

/** What was read, kept until somebody listens. */
export class Inbound {
  #early: Uint8Array[] = [];
  #listener: TransportListener | undefined;
  #hasHeard = false;

  /** Whether any byte ever came. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  push(chunk: Uint8Array): void {
    this.#hasHeard = true;
    if (this.#listener === undefined) this.#early.push(chunk);
    else this.#listener.onData(chunk);
  }

  /** As {@link push}, of memory that is used again: what is kept of it is copied. */
  pushLent(lent: Uint8Array): void {
    const taken = this.#listener?.copyFrom?.(lent) ?? 0;
    if (taken < lent.length) this.push(lent.slice(taken));
    else this.#hasHeard = true;
  }

  listen(listener: TransportListener | undefined): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.#listener?.onData(chunk);
  }
}

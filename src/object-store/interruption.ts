import type { Connection } from "../core/connection/connection.ts";
import { AbortError } from "../core/errors.ts";
import type { AbortListener, AbortSource } from "../core/shared-signal.ts";

/** What a transfer is, as its errors tell it. */
export interface TransferSubject {
  /** As in "… was aborted". */
  readonly what: string;
  readonly subject?: string;
  /** The transfer was interrupted, even if it waits for nothing just now. */
  onFailed?(): void;
}

/** Ends a transfer while it waits for something else: the caller's signal aborts, or a part of it fails. The first one counts. */
export class Interruption implements AbortListener {
  readonly #subject: TransferSubject;
  readonly #signal: AbortSource | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #reject: ((thrown: unknown) => void) | undefined;

  constructor(connection: Connection, signal: AbortSignal | undefined, subject: TransferSubject) {
    this.#subject = subject;
    this.#signal = signal === undefined ? undefined : connection.foundation.signals.of(signal);
    if (this.#signal?.aborted === true) this.handleEvent();
    else this.#signal?.addEventListener("abort", this);
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Throws the failure, if there is one. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }

  fail(thrown: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { thrown };
    this.#reject?.(thrown);
    this.#subject.onFailed?.();
  }

  /** Settles as `promise`, or rejects with a failure that comes first. One call at a time. */
  async race<T>(promise: Promise<T>): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      if (this.#failure !== undefined) {
        promise.catch(() => undefined);
        reject(this.#failure.thrown);
        return;
      }
      this.#reject = reject;
      promise.then(resolve, reject);
    });
  }

  /** The signal aborts. */
  handleEvent(): void {
    const { what, subject } = this.#subject;
    this.fail(new AbortError(`${what} was aborted`, { subject, cause: this.#signal?.reason }));
  }

  /** The transfer is over: nothing interrupts it any more. */
  release(): void {
    this.#signal?.removeEventListener("abort", this);
    this.#reject = undefined;
  }
}

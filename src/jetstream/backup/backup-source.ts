import { type ByteSource, openByteSource, type OpenByteSource } from "../../core/byte-source.ts";
import { wrongValue } from "../../core/checks.ts";
import { AbortError, isNatsError, type NatsError, toError } from "../../core/errors.ts";
import { incomplete } from "./backup-errors.ts";

/** The bytes of a backup as a restore reads them. Whatever their source throws becomes an error of this library. */
export class BackupSource {
  readonly #source: OpenByteSource;
  readonly #stream: string;
  readonly #signal: AbortSignal | undefined;
  /** What `onProgress` threw. */
  #fault: { readonly thrown: unknown } | undefined;
  #onFault: (() => void) | undefined;

  /** Throws `INVALID_OPTION` if `bytes` is no byte source. Errors name the `stream`. */
  constructor(bytes: ByteSource, stream: string, signal: AbortSignal | undefined) {
    const source = openByteSource("bytes", bytes);
    if (source === undefined) throw wrongValue("bytes", "a ReadableStream or an AsyncIterable", bytes);
    this.#source = source;
    this.#stream = stream;
    this.#signal = signal;
  }

  /** Undefined at the end. Rejects with `ABORTED`, `BACKUP_INCOMPLETE` or `INVALID_OPTION`. */
  read(): Promise<Uint8Array | undefined> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(this.#aborted());
      if (signal?.aborted === true) {
        abort();
        return;
      }
      this.check();
      this.#onFault = (): void => reject(this.#fault!.thrown);
      signal?.addEventListener("abort", abort);
      this.#source
        .pull()
        .then(resolve, (thrown: unknown) => reject(this.#failed(thrown)))
        .finally(() => signal?.removeEventListener("abort", abort));
    });
  }

  /** Nothing more is read: who reads is told what was thrown. */
  fail(thrown: unknown): void {
    this.#fault ??= { thrown };
    this.#onFault?.();
  }

  /** Throws what {@link fail} was told. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault.thrown;
  }

  /** Lets the source close what it has open. Never rejects. */
  async cancel(reason: unknown): Promise<void> {
    await this.#source.cancel(reason);
  }

  #aborted(): NatsError {
    const cause: unknown = this.#signal?.reason;
    return new AbortError(`the restore of the stream "${this.#stream}" was aborted`, { cause });
  }

  #failed(thrown: unknown): NatsError {
    if (isNatsError(thrown)) return thrown;
    const reason = `its bytes can't be read: ${toError(thrown).message}`;
    return incomplete(this.#stream, reason, { cause: thrown });
  }
}

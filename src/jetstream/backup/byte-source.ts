import { invalidOption, shown } from "../../core/checks.ts";
import { AbortError, isNatsError, type NatsError, toError } from "../../core/errors.ts";
import { incomplete } from "./backup-errors.ts";

/** Where the bytes of a backup come from: a stream of the web, or of Node, or anything that a loop can read. */
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

interface Puller {
  pull(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Nothing more is read. */
  cancel(reason: unknown): Promise<unknown>;
}

/** Reads a byte source chunk by chunk; whatever it fails with becomes an error of this library. */
export class SourceReader {
  readonly #puller: Puller;
  readonly #stream: string;
  readonly #signal: AbortSignal | undefined;

  /** Throws `INVALID_OPTION` for what is no byte source. `stream` is named in errors. */
  constructor(source: ByteSource, stream: string, signal: AbortSignal | undefined) {
    this.#puller = pullerOf(source);
    this.#stream = stream;
    this.#signal = signal;
  }

  /** Undefined at the end. Rejects with `ABORTED`, `BACKUP_INCOMPLETE` or `INVALID_OPTION`. */
  async read(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.#pull();
    if (done === true) return undefined;
    if (value instanceof Uint8Array) return value;
    throw invalidOption("bytes", `it must give Uint8Arrays, not ${shown(value)}`);
  }

  /** Lets the source close what it has open. */
  async cancel(reason: unknown): Promise<void> {
    try {
      await this.#puller.cancel(reason);
    } catch {
      // There is an error that came before.
    }
  }

  #pull(): ReturnType<Puller["pull"]> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(this.#aborted());
      if (signal?.aborted === true) {
        abort();
        return;
      }
      signal?.addEventListener("abort", abort);
      this.#puller
        .pull()
        .then(resolve, (thrown: unknown) => reject(this.#failed(thrown)))
        .finally(() => signal?.removeEventListener("abort", abort));
    });
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

function pullerOf(source: ByteSource): Puller {
  const { getReader } = (source ?? {}) as Partial<ReadableStream<Uint8Array>>;
  if (typeof getReader === "function") {
    const stream = source as ReadableStream<Uint8Array>;
    if (stream.locked) throw invalidOption("bytes", "somebody else reads the stream");
    const reader = stream.getReader();
    return { pull: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
  }
  if (
    typeof (source as Partial<AsyncIterable<Uint8Array>> | undefined)?.[Symbol.asyncIterator] !== "function"
  )
    throw invalidOption("bytes", `it must be a ReadableStream or an AsyncIterable, not ${shown(source)}`);
  const iterator = (source as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  return { pull: () => iterator.next(), cancel: async () => await iterator.return?.() };
}

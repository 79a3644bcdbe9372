import type { Connection } from "../../core/connection/connection.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import { AbortError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { TimeLimit } from "../../core/time-limit.ts";
import { endedByServer, incomplete } from "./backup-errors.ts";
import { HeldChunks } from "./held-chunks.ts";

export interface ReceiverOptions {
  readonly connection: Connection;
  readonly stream: string;
  /** Milliseconds that the reader waits for a chunk. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  /** A chunk of so many bytes was read. */
  readonly onRead: (bytes: number) => void;
}

/** complete: all has come, and is read as fast as its reader wants. over: nothing more is read. */
type State = "receiving" | "complete" | "over";

const NO_CONTENT = 204;
const HEARTBEAT = 100;

/**
 * Receives the chunks of a backup, and hands them out as a byte stream. The server sends as many as its window has room for. An ack
 * makes room, and is sent when the reader takes the chunk.
 */
export class SnapshotReceiver {
  /** Where the server is to send the chunks. */
  readonly subject: string;
  readonly readable: ReadableStream<Uint8Array>;
  readonly #options: ReceiverOptions;
  readonly #subscription: Subscription;
  readonly #held = new HeldChunks();
  readonly #limit = new TimeLimit(() => this.#onTimeout());
  readonly #removeListener: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #state: State = "receiving";
  #onNews: (() => void) | undefined;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    const { connection, signal } = options;
    this.subject = connection.newInbox();
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.close(),
      },
      { highWaterMark: 0 },
    );
    this.#subscription = connection.subscribe(this.subject, {
      callback: (message) => this.#receive(message),
    });
    this.#removeListener = connection.foundation.overhear("disconnected", ({ error }) => this.#onLost(error));
    void this.#subscription.closed.then(({ error }) => this.#onLost(error));
    signal?.addEventListener("abort", this);
  }

  /** Nothing more is read. */
  close(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    this.#limit.stop();
    this.#held.drop();
    this.#subscription.unsubscribe();
    this.#removeListener();
    this.#options.signal?.removeEventListener("abort", this);
    this.#tell();
  }

  /** The signal aborts. */
  handleEvent(): void {
    const cause: unknown = this.#options.signal?.reason;
    this.fail(new AbortError(`the backup of the stream "${this.#options.stream}" was aborted`, { cause }));
  }

  async #pull(): Promise<void> {
    while (this.#state === "receiving" && this.#held.isEmpty) await this.#news();
    const chunk = this.#held.take();
    if (chunk !== undefined) {
      this.#controller.enqueue(chunk);
      this.#read(chunk.length);
    } else if (this.#state === "complete") {
      this.#controller.close();
      this.close();
    }
  }

  /** What it throws is thrown by the stream, and nothing more is read then. */
  #read(bytes: number): void {
    try {
      this.#options.onRead(bytes);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #news(): Promise<void> {
    this.#limit.start(this.#options.timeout);
    return new Promise((resolve) => (this.#onNews = resolve));
  }

  #tell(): void {
    this.#limit.stop();
    this.#onNews?.();
    this.#onNews = undefined;
  }

  // JS-STR-37
  #receive(message: Message): void {
    if (this.#state !== "receiving") return;
    if (message.size === 0) this.#onStatus(message);
    else if (!this.#held.add(message)) this.fail(incomplete(this.#options.stream, "a chunk of it was lost"));
    this.#tell();
  }

  /** An empty message, without a status if the whole backup is smaller than a chunk. */
  #onStatus(message: Message): void {
    const status = message.statusCode;
    if (status === HEARTBEAT) return;
    if (status === undefined || status === NO_CONTENT) this.#complete();
    else this.fail(endedByServer(this.#options.stream, message));
  }

  #complete(): void {
    this.#state = "complete";
    this.#held.stopAcking();
    this.#removeListener();
    this.#subscription.unsubscribe();
  }

  /** Chunks may have been lost with the link, and the last one has no number by which that would show. */
  #onLost(cause: NatsError | undefined): void {
    if (this.#state !== "receiving") return;
    const reason = cause === undefined ? "the connection was closed" : cause.message;
    this.fail(incomplete(this.#options.stream, reason, { cause }));
  }

  #onTimeout(): void {
    const { stream, timeout } = this.#options;
    this.fail(incomplete(stream, `nothing came within ${timeout} ms`, { elapsed: timeout }));
  }

  /** Its reader gets what was thrown; nobody does once all has been read. */
  fail(error: unknown): void {
    if (this.#state === "over") return;
    this.#controller.error(error);
    this.close();
  }
}

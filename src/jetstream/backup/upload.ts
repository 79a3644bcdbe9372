import { toError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { readAnswer } from "../api/read-answer.ts";
import type { Context } from "../context.ts";

/** Bytes of a chunk, if the server takes so many. */
const CHUNK = 128 * 1024;

/** Bytes that are on their way, not answered yet. */
const WINDOW = 1024 * 1024;

/**
 * So many bytes are kept back until the source has ended. While the source pauses they are sent one by one, for the server gives up
 * after 5 s without a chunk.
 */
const RESERVE = 1024;

/** Milliseconds from one of those bytes to the next. */
const ALIVE_EVERY = 2000;

/** Milliseconds, at least, for the answer to the end: the server may still have much to store. */
const END_LIMIT = 60_000;

export interface UploadOptions {
  /** Where the server takes the chunks. */
  readonly subject: string;
  readonly stream: string;
  readonly limits: WaitOptions;
  /** So many bytes more have arrived. */
  readonly onSent: (bytes: number) => void;
}

interface Sent {
  readonly size: number;
  /** What went wrong; it never rejects. */
  readonly outcome: Promise<Error | undefined>;
}

/** Sends the bytes of a backup in chunks, each a request, of which some are under way at a time. */
export class Upload {
  readonly #context: Context;
  readonly #options: UploadOptions;
  readonly #chunkSize: number;
  #reserve = new Uint8Array();
  readonly #sent: Sent[] = [];
  #inFlight = 0;

  constructor(context: Context, options: UploadOptions) {
    this.#context = context;
    this.#options = options;
    this.#chunkSize = Math.min(CHUNK, context.connection.info?.maxPayload ?? CHUNK);
  }

  /** Resolves when there is room for more. Rejects with what an earlier chunk was answered with. */
  async write(bytes: Uint8Array): Promise<void> {
    const all = joined(this.#reserve, bytes);
    const end = Math.max(0, all.length - RESERVE);
    this.#reserve = all.slice(end);
    await this.#send(all.subarray(0, end));
  }

  /** Keeps the restore alive at the server while `wait` runs. */
  async keptAlive<T>(wait: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setInterval> | undefined;
    const refused = new Promise<never>((_resolve, reject) => {
      timer = setInterval(() => {
        void this.#sendSign().then((error) => error !== undefined && reject(error));
      }, ALIVE_EVERY);
    });
    try {
      return await Promise.race([wait(), refused]);
    } finally {
      clearInterval(timer);
    }
  }

  /** All has been written. Resolves with the server's answer. */
  async finish(): Promise<Message> {
    await this.#send(this.#reserve);
    while (this.#sent.length > 0) await this.#settleOldest();
    const timeout = Math.max(END_LIMIT, this.#options.limits.timeout ?? 0);
    return await this.#request(new Uint8Array(), { timeout });
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += this.#chunkSize) {
      const chunk = bytes.subarray(at, at + this.#chunkSize);
      while (this.#sent.length > 0 && this.#inFlight + chunk.length > WINDOW) await this.#settleOldest();
      void this.#push(chunk);
    }
  }

  /** Resolves with why the server does not take it. */
  async #sendSign(): Promise<Error | undefined> {
    if (this.#reserve.length === 0) return undefined;
    const sign = this.#reserve.subarray(0, 1);
    this.#reserve = this.#reserve.subarray(1);
    return await this.#push(sign);
  }

  #push(chunk: Uint8Array): Promise<Error | undefined> {
    const size = chunk.length;
    this.#inFlight += size;
    const outcome = this.#outcomeOf(chunk);
    this.#sent.push({ size, outcome });
    return outcome;
  }

  async #outcomeOf(chunk: Uint8Array): Promise<Error | undefined> {
    const { stream, subject } = this.#options;
    try {
      const reply = await this.#request(chunk);
      // It is empty unless something is wrong.
      if (reply.size > 0) readAnswer(reply, { stream, subject });
      return undefined;
    } catch (error) {
      return toError(error);
    }
  }

  async #settleOldest(): Promise<void> {
    const { size, outcome } = this.#sent.shift()!;
    const error = await outcome;
    this.#inFlight -= size;
    if (error !== undefined) throw error;
    this.#options.onSent(size);
  }

  #request(chunk: Uint8Array, other: WaitOptions = {}): Promise<Message> {
    const { connection, timeout } = this.#context;
    const { subject, limits } = this.#options;
    return connection.request(subject, chunk, { timeout, ...limits, ...other });
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

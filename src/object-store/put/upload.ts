import type { Message } from "../../core/message.ts";
import { isNatsError, type NatsError, TimeoutError } from "../../core/errors.ts";
import { TimeLimit } from "../../core/time-limit.ts";
import { readPubAck } from "../../jetstream/publish/pub-ack.ts";
import type { Context } from "../../jetstream/context.ts";
import { findAbsence, missingStream } from "../../jetstream/publish/missing-stream.ts";
import { JetStreamError } from "../../jetstream/errors.ts";
import type { Interruption } from "../interruption.ts";
import { LONGEST_TIMER } from "../../core/longest-timer.ts";

export interface UploadOptions {
  /** Where the chunks are to be. */
  readonly subject: string;
  /** Bytes that may be on their way without an ack; a chunk larger than this goes alone. */
  readonly window: number;
  /** Milliseconds within which some chunk must be stored while any are on their way. */
  readonly timeout: number;
  /** So many more bytes are stored. */
  readonly onStored: (bytes: number) => void;
}

/**
 * Publishes the chunks of an object, some at a time. A chunk that fails ends the upload: if it were published again, it would be
 * stored behind later chunks.
 */
export class Upload {
  readonly #context: Context;
  readonly #options: UploadOptions;
  readonly #interruption: Interruption;
  /** The sequence of each chunk that is stored. */
  readonly #sequences: number[] = [];
  #chunks = 0;
  #stored = 0;
  #lastSeq = 0;
  #open = 0;
  #inFlight = 0;
  #mayGrow = false;
  #onNews: (() => void) | undefined;
  /** On a slow link the last chunks of a window wait for all before them. So the upload ends when no chunk at all is stored. */
  readonly #silence = new TimeLimit(() => this.#onSilence());
  readonly #abandoned = new AbortController();

  constructor(context: Context, interruption: Interruption, options: UploadOptions) {
    this.#context = context;
    this.#interruption = interruption;
    this.#options = options;
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** How many chunks are stored for certain. */
  get stored(): number {
    return this.#stored;
  }

  /** The largest sequence of these. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** A chunk that got no answer may still be stored. */
  get mayGrow(): boolean {
    return this.#mayGrow;
  }

  /** Waits for room in the window, then sends a chunk. The caller may use its memory again. */
  async write(chunk: Uint8Array): Promise<void> {
    while (this.#open > 0 && this.#inFlight + chunk.length > this.#options.window) await this.#news();
    this.#interruption.check();
    const { subject, timeout } = this.#options;
    const index = this.#chunks++;
    const { length } = chunk;
    if (this.#open++ === 0) this.#silence.start(timeout);
    this.#inFlight += length;
    const { signal } = this.#abandoned;
    // No limit: the upload itself ends requests that take too long.
    this.#context.connection.request(subject, chunk, { timeout: LONGEST_TIMER, signal }).then(
      (reply) => this.#onReply(index, length, reply),
      (error: NatsError) => this.#onFailed(length, error),
    );
  }

  /** Resolves when all is stored. */
  async finish(): Promise<void> {
    while (this.#open > 0) await this.#news();
    this.#interruption.check();
    const isInOrder = this.#sequences.every((seq, i) => i === 0 || seq > this.#sequences[i - 1]!);
    if (isInOrder) return;
    const { subject } = this.#options;
    const text = `the chunks on "${subject}" were stored in another order than they were sent`;
    throw new JetStreamError("INVALID_RESPONSE", text, { subject });
  }

  /** Resolves when each chunk has an answer, or will get none. */
  async settled(): Promise<void> {
    while (this.#open > 0) await new Promise<void>((resolve) => (this.#onNews = resolve));
  }

  #news(): Promise<void> {
    return this.#interruption.race(new Promise<void>((resolve) => (this.#onNews = resolve)));
  }

  #onReply(index: number, length: number, reply: Message): void {
    const outcome = readPubAck(reply.string(), this.#options.subject);
    if (isNatsError(outcome)) {
      this.#onFailed(length, outcome);
      return;
    }
    this.#sequences[index] = outcome.seq;
    this.#stored++;
    this.#lastSeq = Math.max(this.#lastSeq, outcome.seq);
    try {
      this.#options.onStored(length);
    } catch (thrown) {
      this.#interruption.fail(thrown);
    }
    this.#settle(length);
  }

  #onFailed(length: number, error: NatsError): void {
    if (error.sent === true) this.#mayGrow = true;
    if (isNatsError(error, "NO_RESPONDERS")) void this.#failForNobody(length, error);
    else {
      this.#interruption.fail(error);
      this.#settle(length);
    }
  }

  async #failForNobody(length: number, error: NatsError): Promise<void> {
    const { subject } = this.#options;
    if (!this.#interruption.hasFailed) {
      const absence = await findAbsence(this.#context, subject, {});
      this.#interruption.fail(missingStream(subject, absence, error));
    }
    this.#settle(length);
  }

  #onSilence(): void {
    const { subject, timeout } = this.#options;
    const text = `timed out after ${timeout} ms in which no chunk was stored on "${subject}"`;
    this.#interruption.fail(new TimeoutError(text, { subject, elapsed: timeout, sent: true }));
    this.#abandoned.abort();
  }

  #settle(length: number): void {
    this.#open--;
    this.#inFlight -= length;
    if (this.#open === 0) this.#silence.stop();
    else this.#silence.start(this.#options.timeout);
    const onNews = this.#onNews;
    this.#onNews = undefined;
    onNews?.();
  }
}

import { copyOf } from "../../core/caller-stack.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import type { Message } from "../../core/message.ts";
import { headers, type MessageHeaders } from "../../core/protocol/headers.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { checkLevel } from "../api/level.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import type { BatchAck } from "./message-options.ts";
import { findAbsence, missingStream } from "./missing-stream.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { batchAck, readPubAck } from "./pub-ack.ts";
import { isPostponed } from "./publish-errors.ts";
import { rest } from "../../core/rest.ts";
import { resolveRetries } from "./retry-options.ts";

/** The API level of servers that know atomic batches: 2.12. */
const LEVEL = 2;

/** So many members are under way at a time. */
const PACE = 100;

/** A member of the batch, with its number in it, from 1 on. */
interface Member {
  readonly number: number;
  readonly message: OutgoingMessage;
}

/**
 * One attempt to store a batch. The first member opens it at the stream. Each further member gets an ack of its own, for the
 * server tells an error only to the member that caused it. The last member commits the batch when all others are there.
 */
export class BatchCommit {
  readonly #context: Context;
  readonly #members: readonly Member[];
  readonly #limits: WaitOptions;
  readonly #deadline: number;
  readonly #id = new UniqueIds().next();

  /** There is at least one message. */
  constructor(
    context: Context,
    messages: readonly OutgoingMessage[],
    { timeout = context.timeout, signal }: WaitOptions,
  ) {
    this.#context = context;
    this.#members = messages.map((message, i) => ({ number: i + 1, message }));
    this.#limits = signal === undefined ? {} : { signal };
    this.#deadline = performance.now() + timeout;
  }

  /** Rejects with an error that has `sent` only if the batch may be stored. */
  async run(): Promise<BatchAck> {
    const { connection, prefix } = this.#context;
    const [first] = this.#members;
    checkLevel(LEVEL, connection.info, prefix, { subject: first!.message.subject });
    const last = this.#members.at(-1)!;
    if (this.#members.length === 1) return await this.#whenTaken(() => this.#commit(last));
    await this.#whenTaken(() => this.#add(first!));
    try {
      await this.#addAll(this.#members.slice(1, -1));
    } catch (thrown) {
      this.#forget();
      throw thrown as NatsError;
    }
    return await this.#commit(last);
  }

  /** Sends the member that opens the batch, and again while nobody takes it or the server is too busy. */
  async #whenTaken<T>(send: () => Promise<T>): Promise<T> {
    const { retries, retryDelay } = resolveRetries({});
    for (let attempt = 0; ; attempt++) {
      try {
        return await send();
      } catch (thrown) {
        const error = thrown as NatsError;
        const isAbsent = isNatsError(error, "NO_STREAM");
        const delay = isAbsent ? retryDelay : growingPause(retryDelay, attempt);
        const mayRepeat = isAbsent ? attempt < retries : isPostponed(error);
        if (!mayRepeat || this.#left <= 2 * delay) throw isAbsent ? await this.#nobody(error) : error;
        await rest(delay, this.#context.connection.foundation.signals.limits(this.#limits), {
          what: "another attempt to begin the batch",
          sent: false,
        });
      }
    }
  }

  async #nobody(error: NatsError): Promise<NatsError> {
    const subject = error.subject!;
    return missingStream(subject, await findAbsence(this.#context, subject, this.#limits), error);
  }

  /** Sends members, some at a time. Of several that fail it rejects with the error of the first, for the others fail because of it. */
  async #addAll(members: readonly Member[]): Promise<void> {
    for (let i = 0; i < members.length; i += PACE) {
      const outcomes = await Promise.allSettled(
        members.slice(i, i + PACE).map((member) => this.#add(member)),
      );
      const failed = outcomes.find(({ status }) => status === "rejected");
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason as NatsError;
    }
  }

  /** Resolves when the stream has the member; nothing is stored before the commit. */
  async #add(member: Member): Promise<void> {
    let reply: Message;
    try {
      reply = await this.#send(member, undefined);
    } catch (thrown) {
      throw this.#notStored(thrown as NatsError, member);
    }
    if (reply.size === 0) return;
    const outcome = readPubAck(reply.string(), member.message.subject);
    if (isNatsError(outcome)) throw this.#located(outcome, member);
    // JS-BATCH-01: a server that knows no batches passes the headers over.
    throw new JetStreamError(
      "SERVER_TOO_OLD",
      "the server stored a message of the batch by itself: it knows no batches",
      {
        subject: member.message.subject,
        stream: outcome.stream,
        sent: true,
      },
    );
  }

  async #commit(member: Member): Promise<BatchAck> {
    const { subject } = member.message;
    let reply: Message;
    try {
      reply = await this.#send(member, "1");
    } catch (thrown) {
      throw isNatsError(thrown, "NO_RESPONDERS") ? this.#notStored(thrown, member) : (thrown as NatsError);
    }
    const outcome = readPubAck(reply.string(), subject);
    if (isNatsError(outcome)) throw this.#located(outcome, member);
    const ack = batchAck(outcome);
    if (ack?.count === this.#members.length) return ack;
    const text = `the ack of the batch is for ${ack?.count ?? "no"} messages, and it has ${this.#members.length}`;
    throw new JetStreamError("INVALID_RESPONSE", text, { subject, stream: outcome.stream, sent: true });
  }

  #send({ number, message }: Member, commit: "1" | undefined): Promise<Message> {
    const { subject, payload, headers } = message;
    const options = { ...this.#limits, timeout: this.#left, headers: this.#headers(headers, number, commit) };
    return this.#context.connection.request(subject, payload, options);
  }

  #headers(own: MessageHeaders | undefined, number: number, commit: "1" | undefined): MessageHeaders {
    const all = headers(own).set("Nats-Batch-Id", this.#id).set("Nats-Batch-Sequence", String(number));
    return commit === undefined ? all : all.set("Nats-Batch-Commit", commit);
  }

  get #left(): number {
    return Math.max(0, this.#deadline - performance.now());
  }

  /** The stream's refusal, with the number of the member. A refused commit may be due to any of them. */
  #located(error: NatsError, { number }: Member): NatsError {
    const count = this.#members.length;
    return withText(
      error,
      number === count ? `a batch of ${count} messages` : `message ${number} of ${count} in a batch`,
    );
  }

  /** The batch ends before it is committed. */
  #notStored(error: NatsError, { number, message: { subject } }: Member): NatsError {
    const isAbsent = isNatsError(error, "NO_RESPONDERS");
    if (isAbsent && number === 1)
      return new JetStreamError("NO_STREAM", error.message, { subject, cause: error });
    if (isAbsent) {
      const text = `the stream has gone, or has no leader any more: nothing of the batch is stored`;
      return new JetStreamError("BATCH_FAILED", text, { subject, cause: error, retryable: true });
    }
    return Object.assign(withText(error, "nothing of the batch is stored"), { sent: false });
  }

  /** Ends the batch at the stream, by a number that is out of order. Otherwise the stream waits for 10 seconds. */
  #forget(): void {
    const { subject } = this.#members[0]!.message;
    const gap = this.#headers(undefined, this.#members.length + 1, undefined);
    try {
      this.#context.connection.publish(subject, undefined, { headers: gap });
    } catch {
      // There is no connection: the batch ends by itself.
    }
  }
}

function withText<E extends NatsError>(error: E, text: string): E {
  return Object.assign(copyOf(error), { message: `${text}: ${error.message}` });
}

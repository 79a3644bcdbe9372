import { checkWait } from "../../core/call-options.ts";
import { withStackOfCaller } from "../../core/caller-stack.ts";
import type { NatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Payload } from "../../core/message.ts";
import { headers } from "../../core/protocol/headers.ts";
import type { Schema, SchemaInput } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import { JetStreamError } from "../errors.ts";
import { BatchCommit } from "./batch-commit.ts";
import { BatchRules } from "./batch-rules.ts";
import { checkMessageOptions, type GivenMessageOptions } from "./check-message-options.ts";
import type { BatchAck, MessageOptions } from "./message-options.ts";
import { type OutgoingMessage, outgoingMessage, ownPayload } from "./outgoing-message.ts";

/** collecting: takes messages. committing: they are on their way. committed: they are stored. */
type BatchState = "collecting" | "committing" | "committed";

/** Headers that the batch itself sets. */
const RESERVED = ["Nats-Batch-Id", "Nats-Batch-Sequence", "Nats-Batch-Commit"];

/**
 * Messages of one stream that are stored together or not at all, in the order in which they were added. A batch has up to 1,000
 * messages, unless the server is configured otherwise. The stream needs `allowAtomic`, and the server must be
 * 2.12 or later.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * await js.streams.create({ name: "ACCOUNTS", subjects: ["accounts.*"], allowAtomic: true });
 * const batch = js.batch();
 * batch.publish("accounts.joe", "-5");
 * batch.publish("accounts.sue", "+5");
 * console.log((await batch.commit()).count); // 2
 * await js.streams.delete("ACCOUNTS");
 * await nc.close();
 * ```
 */
export class Batch {
  readonly #context: Context;
  readonly #rules = new BatchRules();
  readonly #messages: OutgoingMessage[] = [];
  #state: BatchState = "collecting";

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
  }

  /** How many messages there are. */
  get size(): number {
    return this.#messages.length;
  }

  /**
   * Adds a message; nothing leaves before the commit. Throws `INVALID_SUBJECT`, `INVALID_PAYLOAD`, `INVALID_HEADER`,
   * `INVALID_VALUE`, `INVALID_OPTION` (also for a message that can't follow the ones before), `MAX_PAYLOAD_EXCEEDED`, and
   * `BATCH_FAILED` once the batch is being committed.
   */
  publish(subject: string, data?: Payload, options?: MessageOptions): void;
  publish<S extends Schema>(
    subject: string,
    value: SchemaInput<S>,
    options: MessageOptions & { readonly schema: S },
  ): void;
  publish(subject: string, data?: unknown, options: GivenMessageOptions = {}): void {
    this.#checkState("collecting");
    const checked = checkMessageOptions(options);
    const message = outgoingMessage(subject, data, checked);
    this.#rules.check(subject, checked);
    const { payload } = message;
    const all = headers(message.headers);
    for (const name of RESERVED) {
      if (all.has(name))
        throw new JetStreamError("BATCH_FAILED", `"${name}" is set by the batch itself`, { subject });
    }
    const { publisher } = this.#context.connection.foundation;
    publisher.check(subject, payload, publisher.encodeHeaders(subject, all));
    this.#messages.push({ ...message, headers: all, payload: ownPayload(payload) });
    this.#rules.add(subject, checked);
  }

  /**
   * Sends all messages, at a pace, and resolves when they are stored. After an error without `sent` nothing is stored, and you
   * may call it again. After an error with `sent` the messages may be stored: call it again only if each has a `msgId`. If the
   * stream has them already, it refuses the batch with `BATCH_FAILED`.
   *
   * Rejects with `WRONG_LAST_SEQUENCE`, `EXPECTATION_FAILED`, `BATCH_FAILED`, `TOO_MANY_REQUESTS`, and as `publish` does; the
   * text names the message at fault, where the server told.
   */
  async commit(options: WaitOptions = {}): Promise<BatchAck> {
    const limits = checkWait(options);
    this.#checkState("collecting");
    if (this.#messages.length === 0)
      throw new JetStreamError("BATCH_FAILED", "a batch without messages has nothing to commit");
    this.#state = "committing";
    try {
      const ack = await new BatchCommit(this.#context, this.#messages, limits).run();
      this.#state = "committed";
      return ack;
    } catch (thrown) {
      this.#state = "collecting";
      throw withStackOfCaller(thrown as NatsError);
    }
  }

  #checkState(wanted: BatchState): void {
    if (this.#state === wanted) return;
    const what = this.#state === "committing" ? "is being committed" : "was committed: begin another";
    throw new JetStreamError("BATCH_FAILED", `the batch ${what}`);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const facts = { state: this.#state, messages: this.size };
    return inspected("Batch", facts, depth, options, inspect);
  }
}

import { checkWait } from "../../core/call-options.ts";
import { aString, milliseconds } from "../../core/checks.ts";
import { isNatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Message } from "../../core/message.ts";
import type { Schema } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { AckReply } from "./ack-reply.ts";
import { ACK, ackNextText, NAK, nakText, termText, WORKING } from "./acks.ts";
import { alreadySettled, goneConsumer, notAckable, notJetStream } from "./message-errors.ts";
import type { MessageOwner } from "./message-owner.ts";
import { StoredMessage } from "./stored-message.ts";

/** How a message was settled. ack: it is handled. nak: it must come again. term: it is given up. */
export type Settlement = "ack" | "nak" | "term";

/**
 * A message that a consumer delivered. Settle it once, by `ack`, `nak` or `term`: a second call throws `ALREADY_SETTLED`. They throw
 * `NOT_ACKABLE` if the consumer takes no acks, and `CONNECTION_CLOSED` once the connection is closed.
 *
 * An ack leaves with all that is published in the same turn. A message that is never settled comes again after the consumer's
 * `ackWait`.
 */
export class JetStreamMessage<T = unknown> extends StoredMessage<T> {
  readonly #owner: MessageOwner;
  #reply: AckReply | undefined;
  #settled: Settlement | undefined;
  #termReason: string | undefined;

  /** @internal */
  constructor(message: Message, owner: MessageOwner) {
    super(message);
    this.#owner = owner;
  }

  get stream(): string {
    return this.#facts.stream;
  }

  /** The name of the consumer that delivered it. */
  get consumer(): string {
    return this.#facts.consumer;
  }

  get seq(): number {
    return this.#facts.seq;
  }

  get timeNanos(): bigint {
    return this.#facts.timeNanos;
  }

  /** How many messages wait behind it for the consumer. */
  get pending(): number {
    return this.#facts.pending;
  }

  /** How often it was delivered, this time included. */
  get deliveries(): number {
    return this.#facts.deliveries;
  }

  /** Whether it was delivered before. */
  get redelivered(): boolean {
    return this.#facts.deliveries > 1;
  }

  /** The number of this delivery among all of the consumer. */
  get deliverySeq(): number {
    return this.#facts.deliverySeq;
  }

  /** The domain of the stream, where the server tells. */
  get domain(): string | undefined {
    return this.#facts.domain;
  }

  /** The hash of the stream's account, where the server tells. */
  get accountHash(): string | undefined {
    return this.#facts.accountHash;
  }

  // JS-MSG-09
  /** How it was settled; undefined if it is not. */
  get settled(): Settlement | undefined {
    return this.#settled;
  }

  // JS-MSG-01
  /**
   * Says that it is handled: it does not come again.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "EVENTS", subjects: ["events.>"] });
   * await js.publish("events.login", "joe");
   * const consumer = await js.consumers.create("EVENTS", { durable: "reader" });
   * const message = await consumer.next();
   * console.log(message?.string());
   * message?.ack();
   * await nc.drain();
   * ```
   */
  ack(): void {
    this.#settle("ack", ACK);
  }

  // JS-MSG-02, 10
  /**
   * Asks for it again: at once, or after `delay` milliseconds. That counts as a delivery. If the consumer has a `backoff`, the delay
   * becomes longer by as much as this delivery's wait exceeds the first one.
   */
  nak(delay?: number): void {
    if (delay !== undefined) milliseconds("delay", delay);
    this.#settle("nak", delay === undefined || delay === 0 ? NAK : nakText(delay));
  }

  // JS-MSG-04
  /** Gives it up: it does not come again, though it was not handled. The server's advisory has the `reason`. */
  term(reason?: string): void {
    if (reason !== undefined) aString("reason", reason);
    this.#settle("term", termText(reason));
    this.#termReason = reason;
  }

  // JS-MSG-03
  /** Starts its ack wait anew, if that is not over yet, so that it does not come again meanwhile. */
  working(): void {
    this.#checkOpen();
    this.received.respond(WORKING);
  }

  // JS-MSG-11
  /**
   * As {@link ack}, and resolves when the server has taken the ack; it also takes one for a message that was acked before, or
   * that has come again meanwhile. If it rejects, the message is not settled, and may come again.
   *
   * Rejects with `TIMEOUT` (the context's unless said otherwise), `ABORTED`, `DISCONNECTED`, `CONSUMER_NOT_FOUND`, and as
   * `ack` throws.
   */
  async ackConfirmed(options: WaitOptions = {}): Promise<void> {
    const limits = checkWait(options);
    this.#checkOpen();
    this.#settled = "ack";
    const { connection, timeout } = this.#owner.context;
    try {
      await connection.request(this.#replySubject, ACK, { timeout, ...limits });
    } catch (cause) {
      this.#settled = undefined;
      // A consumer that has gone, and one that takes no acks, don't listen.
      throw isNatsError(cause, "NO_RESPONDERS") ? goneConsumer(this, cause) : cause;
    }
  }

  get schema(): Schema | undefined {
    return this.#owner.schema;
  }

  /** As `nak`, with the delay as the server takes it: a negative one makes up for a `backoff` that grows. @internal */
  nakAfter(delay: number): void {
    this.#settle("nak", nakText(delay));
  }

  /** What {@link term} was given. @internal */
  get termReason(): string | undefined {
    return this.#termReason;
  }

  // JS-MSG-05
  /** Acks it and pulls, with the body of a pull whose messages go to `inbox`. @internal */
  ackNext(pull: string, inbox: string): void {
    this.#checkOpen();
    this.received.respond(ackNextText(pull), { reply: inbox });
    this.#settled = "ack";
  }

  // JS-PULL-13
  /** Bytes as the server counts them, and the header of a pin, which it adds after it has counted. @internal */
  get wireSize(): number {
    return this.received.wireSize;
  }

  /** Whether a consumer has delivered it, by its reply subject. @internal */
  get isDelivery(): boolean {
    this.#reply ??= this.received.readReply(AckReply.read);
    return this.#reply !== undefined;
  }

  /** Whether it was delivered by `<stream>.<consumer>`. @internal */
  isFrom(names: Uint8Array): boolean {
    return this.#facts.hasNames(names);
  }

  /** Whether it can be settled, and has not been. @internal */
  get isOpen(): boolean {
    return this.#settled === undefined && this.#owner.takesAcks;
  }

  /** @internal */
  override [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { consumer, deliveries, settled } = this;
    const facts = { ...this.facts(), consumer, deliveries, settled };
    return inspected("JetStreamMessage", facts, depth, options, inspect);
  }

  get #facts(): AckReply {
    if (this.#reply !== undefined) return this.#reply;
    const reply = this.received.readReply(AckReply.read);
    if (reply === undefined) throw notJetStream(this.received);
    this.#reply = reply;
    return reply;
  }

  get #replySubject(): string {
    const { reply } = this.received;
    if (reply === undefined) throw notJetStream(this.received);
    return reply;
  }

  #settle(settlement: Settlement, text: string): void {
    this.#checkOpen();
    this.received.respond(text);
    this.#settled = settlement;
  }

  #checkOpen(): void {
    if (this.#settled !== undefined) throw alreadySettled(this, this.#settled);
    if (!this.#owner.takesAcks) throw notAckable(this);
  }
}

import { checkWait } from "../../core/call-options.ts";
import type { Foundation } from "../../core/connection/foundation.ts";
import type { PendingCount } from "../../core/delivery/pending.ts";
import { AbortError, isNatsError, type NatsError, TimeoutError, toError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Payload } from "../../core/message.ts";
import type { Schema, SchemaInput } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import { checkMessageOptions, type GivenMessageOptions, onlyMsgId } from "./check-message-options.ts";
import { MSG_ID } from "./message-headers.ts";
import type { MessageOptions, PubAck } from "./message-options.ts";
import { outgoingMessage } from "./outgoing-message.ts";
import { PayloadCopies } from "./payload-copies.ts";
import { holdRejection, Publication, type Settle } from "./publication.ts";
import { publisherDrained } from "./publish-errors.ts";
import { type PublisherOptions, type PublishReport, resolvePublisherOptions } from "./publisher-options.ts";
import { SendWindow } from "./send-window.ts";
import { Tally } from "./tally.ts";

/**
 * Publishes many messages at a time, in the order of the calls: a window slides over them as acks come.
 *
 * A message waits if it can't be sent: for a place in the window, for the next link, or for a busy server. A message without an
 * answer is sent again only if it has a `msgId`, for only that is safe; without one its error's `sent` says that it may be
 * stored. A message that no stream took is sent again in any case. A message that is sent again may be stored behind later
 * ones: if that must not be, use `maxInFlight: 1`, or say with `expect` what must be true.
 *
 * To dispose it drains, and throws `PUBLISH_FAILED` if there was a failure of which no `flush` has told.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * await js.streams.create({ name: "READINGS", subjects: ["readings.*"], storage: "memory" });
 * const publisher = js.publisher({ maxInFlight: 1000 });
 * for (let i = 0; i < 5000; i++) {
 *   await publisher.ready();
 *   void publisher.publish("readings.hall", String(i), { msgId: `hall-${i}` });
 * }
 * const { acked, failed } = await publisher.drain();
 * console.log(acked, failed); // 5000 0
 * await js.streams.delete("READINGS");
 * await nc.close();
 * ```
 */
export class Publisher implements AsyncDisposable {
  readonly #foundation: Foundation;
  readonly #context: Context;
  readonly #window: SendWindow;
  readonly #tally = new Tally();
  readonly #copies = new PayloadCopies();
  /** How many there were: the number of the last one. */
  #published = 0;
  #drain: Promise<void> | undefined;
  /** What settles the promise that was made last: one function takes it out of all of them. */
  #settle!: Settle;
  readonly #takeSettle = (settle: Settle): void => {
    this.#settle = settle;
  };

  /** @internal */
  constructor(context: Context, options: PublisherOptions = {}) {
    this.#context = context;
    this.#foundation = context.connection.foundation;
    this.#window = new SendWindow(context, resolvePublisherOptions(options, context.timeout), this.#tally);
  }

  /** The messages without an ack, whether they are on their way or wait. A character of text counts as one byte. */
  get pending(): PendingCount {
    return this.#window.pending;
  }

  /**
   * Publishes, and resolves with the stream's ack. The payload is copied, so you may use an array again when the call returns.
   * You may drop the promise: {@link flush}, {@link drain} and disposal tell of failures, too. After a drain has begun only the
   * promise tells: if you drop it, a failure is an unhandled rejection.
   *
   * Rejects as `JetStream.publish` does, with `PUBLISHER_FULL` (see the options `onFull` and `maxWaiting`), and with
   * `PUBLISHER_DRAINED`.
   */
  publish(subject: string, data?: Payload, options?: MessageOptions): Promise<PubAck>;
  publish<S extends Schema>(
    subject: string,
    value: SchemaInput<S>,
    options: MessageOptions & { readonly schema: S },
  ): Promise<PubAck>;
  publish(subject: string, data?: unknown, options?: GivenMessageOptions): Promise<PubAck> {
    if (this.#drain !== undefined) return Promise.reject(publisherDrained(subject));
    try {
      return this.#publish(subject, data, options);
    } catch (thrown) {
      return this.#refuse(subject, toError(thrown) as NatsError);
    }
  }

  #publish(subject: string, data: unknown, options: GivenMessageOptions | undefined): Promise<PubAck> {
    const { publisher, requests } = this.#foundation;
    let payload = data as Payload;
    let block: Uint8Array | undefined;
    let hasMsgId = false;
    const msgId = options === undefined ? undefined : onlyMsgId(options);
    if (msgId !== undefined) {
      hasMsgId = true;
      block = publisher.encodeHeader(subject, MSG_ID, msgId);
    } else if (options !== undefined) {
      const message = outgoingMessage(subject, data, checkMessageOptions(options));
      ({ payload, hasMsgId } = message);
      block = publisher.encodeHeaders(subject, message.headers);
    }
    publisher.check(subject, payload, block);
    const size = (payload?.length ?? 0) + (block?.length ?? 0);
    const window = this.#window;
    window.checkRoom(subject, size);
    const kept = this.#copies.keep(payload);
    const promise = new Promise<PubAck>(this.#takeSettle as (resolve: (ack: PubAck) => void) => void);
    const number = ++this.#published;
    window.take(
      new Publication(
        window,
        requests.router,
        number,
        subject,
        block,
        kept,
        size,
        hasMsgId,
        promise,
        this.#settle,
      ),
    );
    return promise;
  }

  /** A wrong call, or a full window: whoever drops the promise hears of it as of other failures. */
  #refuse(subject: string, error: NatsError): Promise<PubAck> {
    this.#tally.onFailed(++this.#published, subject, error);
    const promise = Promise.reject<PubAck>(error);
    holdRejection(promise);
    return promise;
  }

  /**
   * Resolves when the window has room. Await it before each publish, and the memory stays flat; it also lets timers and received
   * messages have their turn. Rejects with `TIMEOUT`, `ABORTED`, `CONNECTION_CLOSED` or `PUBLISHER_DRAINED`.
   */
  ready(options?: WaitOptions): Promise<void> {
    const { connection } = this.#context;
    if (this.#drain !== undefined && connection.state !== "closed") return Promise.reject(publisherDrained());
    if (this.#window.hasRoom) return connection.ready(options);
    try {
      return this.#window.waitForRoom(this.#foundation.signals.limits(checkWait(options ?? {})));
    } catch (thrown) {
      return Promise.reject(toError(thrown));
    }
  }

  /**
   * Resolves when all messages that were published before are settled. Each message has its own time to be acked, which does
   * not run while there is no link: give a `timeout` to limit the wait. Rejects with `PUBLISH_FAILED` if a message failed since
   * the last flush, with the first 100 as `failures`; and with `TIMEOUT` or `ABORTED`, which give up no message.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    const limits = this.#foundation.signals.limits(checkWait(options));
    await this.#tally.settled(this.#published, this.#window.pending.messages, limits);
    const failed = this.#tally.takeUntold();
    if (failed !== undefined) throw failed;
  }

  /**
   * Takes no more messages, and waits until all are settled. Messages without an answer when the time is up are abandoned:
   * their promises reject with `TIMEOUT` or `ABORTED`. Without a `timeout` it waits as {@link flush} does. A second call gets
   * the report of the first.
   */
  async drain(options: WaitOptions = {}): Promise<PublishReport> {
    await this.#drainOnce(checkWait(options));
    this.#tally.takeUntold();
    return this.#tally.report;
  }

  /** Drains. Throws `PUBLISH_FAILED` if anything failed that neither a flush nor a drain has told. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drainOnce({});
    const failed = this.#tally.takeUntold();
    if (failed !== undefined) throw failed;
  }

  #drainOnce(options: WaitOptions): Promise<void> {
    return (this.#drain ??= this.#settleAll(options));
  }

  async #settleAll(options: WaitOptions): Promise<void> {
    const limits = this.#foundation.signals.limits(options);
    try {
      await this.#tally.settled(this.#published, this.#window.pending.messages, limits);
    } catch (thrown) {
      this.#window.abandon((publication) => abandoned(publication, thrown as NatsError));
    }
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const facts = { pending: this.pending, ...this.#tally.report };
    return inspected("Publisher", facts, depth, options, inspect);
  }
}

/** The time for a drain is up. */
function abandoned({ subject, mayBeStored: sent }: Publication, cause: NatsError): NatsError {
  const text = `the publish to "${subject}" was abandoned by a drain: ${sent ? "no answer came" : "it was not sent"}`;
  const facts = { subject, sent, cause };
  return isNatsError(cause, "ABORTED") ? new AbortError(text, facts) : new TimeoutError(text, facts);
}

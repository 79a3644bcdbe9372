import type { Connection } from "../core/connection/connection.ts";
import { wrongValue } from "../core/checks.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { Message, Payload } from "../core/message.ts";
import type { Schema, SchemaInput } from "../core/values/schema.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { type AccountInfo, accountInfo } from "./account/account-info.ts";
import { RequestApi } from "./api/request-api.ts";
import { Consumers } from "./consumer/consumers.ts";
import type { Context } from "./context.ts";
import { fromCore } from "./message/from-core.ts";
import type { JetStreamMessage } from "./message/jetstream-message.ts";
import { type JetStreamOptions, resolveJetStreamOptions } from "./options.ts";
import { Batch } from "./publish/batch.ts";
import { Ingest } from "./publish/ingest.ts";
import type { IngestOptions } from "./publish/ingest-options.ts";
import type { JetStreamPublishOptions, PubAck } from "./publish/message-options.ts";
import { type GivenPublishOptions, publish } from "./publish/publish.ts";
import { Publisher } from "./publish/publisher.ts";
import type { PublisherOptions } from "./publish/publisher-options.ts";
import { Streams } from "./stream/streams.ts";

/**
 * JetStream over a connection. The call asks the server for nothing and is cheap: make it wherever you need it. It remembers whether
 * JetStream has answered a call: keep one if its domain may be away. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc, { timeout: 2000 });
 * const { streams, limits } = await js.accountInfo();
 * console.log(streams, limits.maxStreams);
 * await nc.close();
 * ```
 */
export function jetstream(nc: Connection, options: JetStreamOptions = {}): JetStream {
  if (typeof (nc as Partial<Connection> | undefined)?.request !== "function") {
    throw wrongValue("nc", "a connection", nc);
  }
  const { prefix, timeout, trace } = resolveJetStreamOptions(options);
  const api = new RequestApi(nc, { prefix, timeout, trace });
  return new JetStream({ connection: nc, api, prefix, timeout });
}

/**
 * Publishes, and gives streams and consumers. What few programs need is a function of its own, which costs the others nothing:
 * {@link plan}, {@link deadLetters}, {@link advisories}, {@link backup}, {@link restore}, {@link meta}.
 */
export class JetStream {
  /** @internal */
  readonly context: Context;
  /** Makes, changes, finds and removes streams. */
  readonly streams: Streams;
  /** Makes, changes, finds and removes consumers. */
  readonly consumers: Consumers;

  /** @internal */
  constructor(context: Context) {
    this.context = context;
    this.streams = new Streams(context);
    this.consumers = new Consumers(context);
  }

  /**
   * Publishes a message, and resolves when the stream has stored it. After a timeout or a lost link it is published again only with a
   * `msgId`, for only that is safe. Without one the error's `sent` says that it may be stored.
   *
   * Rejects with `NO_STREAM` (after the retries, naming the subject), `WRONG_LAST_SEQUENCE`, `EXPECTATION_FAILED`,
   * `STREAM_FULL`, `MESSAGE_TOO_LARGE`, `TOO_MANY_REQUESTS`, `API_ERROR`, `INVALID_VALUE`, and as a request does.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "PAID", subjects: ["paid.>"], storage: "memory" });
   * const { stream, seq, duplicate } = await js.publish("paid.7", "five", { msgId: "order-7" });
   * console.log(stream, seq, duplicate);
   * await js.streams.delete("PAID");
   * await nc.close();
   * ```
   */
  publish(subject: string, data?: Payload, options?: JetStreamPublishOptions): Promise<PubAck>;
  publish<S extends Schema>(
    subject: string,
    value: SchemaInput<S>,
    options: JetStreamPublishOptions & { readonly schema: S },
  ): Promise<PubAck>;
  publish(subject: string, data?: unknown, options?: GivenPublishOptions): Promise<PubAck> {
    return publish(this.context, subject, data, options);
  }

  /**
   * The JetStream API level of the connected server: 0 before nats-server 2.11, undefined before the first link. A call that
   * needs more rejects with `SERVER_TOO_OLD`.
   */
  get apiLevel(): number | undefined {
    return this.context.connection.info?.apiLevel;
  }

  /**
   * What the account uses of JetStream, and its limits. Rejects with `JETSTREAM_NOT_ENABLED` or
   * `JETSTREAM_NOT_ENABLED_FOR_ACCOUNT`.
   */
  async accountInfo(options: WaitOptions = {}): Promise<AccountInfo> {
    return await accountInfo(this.context.api, options);
  }

  /** A publisher: many publishes under way, in order, each repeated as {@link publish} does. Throws `INVALID_OPTION`. */
  publisher(options?: PublisherOptions): Publisher {
    return new Publisher(this.context, options);
  }

  /** A batch of messages that are stored together or not at all. Nothing leaves before its `commit()`. */
  batch(): Batch {
    return new Batch(this.context);
  }

  /**
   * The fastest way into a stream: one ack for many messages, at the server's pace. The stream needs `allowBatched`. Throws
   * `INVALID_OPTION`.
   */
  ingest(options?: IngestOptions): Ingest {
    return new Ingest(this.context, options);
  }

  /** Gives a message that came by a core subscription its acks. Throws `NOT_A_JETSTREAM_MESSAGE`. */
  message(message: Message): JetStreamMessage {
    return fromCore(this.context, message);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { connection, prefix, timeout } = this.context;
    const { apiLevel } = this;
    const facts = { server: connection.server, state: connection.state, prefix, timeout, apiLevel };
    return inspected("JetStream", facts, depth, options, inspect);
  }
}

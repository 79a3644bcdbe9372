import { aString } from "../../core/checks.ts";
import { checkWait } from "../../core/call-options.ts";
import type { Schema, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { consume } from "../consume/consume.ts";
import type { ConsumerMessages } from "../consume/consumer-messages.ts";
import { fetch } from "../consume/fetch.ts";
import { next } from "../consume/next.ts";
import type { ConsumeOptions, FetchOptions, NextOptions } from "../consume/options.ts";
import { pull } from "../consume/pull.ts";
import { PullLanes } from "../consume/pull-lanes.ts";
import type { Context } from "../context.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { BatchHandler, BatchWindow, Handler, WorkOptions } from "../work/options.ts";
import { workPull } from "../work/work-pull.ts";
import type { Work } from "../work/work.ts";
import { AnyConsumer, type KnownConsumer } from "./any-consumer.ts";
import { ConsumerApi } from "./consumer-api.ts";
import type { NamedConsumer } from "./consumer-errors.ts";

/** Uses a pull consumer. Every method may fail with `CONSUMER_NOT_FOUND`. */
export class Consumer<T = unknown> extends AnyConsumer {
  /** By which one fetch after another pulls. @internal */
  readonly lanes: PullLanes;

  /** @internal */
  constructor(context: Context, consumer: NamedConsumer, known: KnownConsumer, schema?: Schema) {
    super(context, consumer, known, schema);
    this.lanes = new PullLanes(context.connection);
  }

  /** The same consumer; a schema reads the `value` of its messages. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): Consumer<SchemaOutput<S>> {
    return new Consumer(this.context, this, this.known, aSchema("schema", schema));
  }

  // JS-PULL-05, 06, 07, 08, 15, 20
  /**
   * Messages without end, for a loop or a `callback`. To leave the loop stops it; messages that wait go back to the server.
   *
   * Throws `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. The loop throws what ends it: `CONSUMER_NOT_FOUND` and
   * `STREAM_NOT_FOUND` unless `onMissing` says otherwise, `JETSTREAM_NOT_ENABLED` if nobody has ever answered for JetStream,
   * `WRONG_CONSUMER_KIND`, `PULL_REFUSED`, `MESSAGE_TOO_LARGE` or `CONNECTION_CLOSED`. Failures that may pass are tried again, and
   * told by `retrying` events.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "VISITS", subjects: ["visits.>"] });
   * for (const page of ["home", "shop"]) await js.publish(`visits.${page}`);
   * const consumer = await js.consumers.create("VISITS", { durable: "counter" });
   * for await (const m of consumer.consume({ stopAfter: 2 })) {
   *   console.log(m.subject);
   *   m.ack();
   * }
   * await nc.drain();
   * ```
   */
  consume(options: ConsumeOptions<JetStreamMessage<T>> = {}): ConsumerMessages<JetStreamMessage<T>> {
    return consume(this, options);
  }

  // JS-PULL-02, 03, 04, 21, 22, 23
  /**
   * Messages until there are enough, or for `expires` milliseconds: then the loop ends quietly. It throws as that of {@link consume},
   * and `HEARTBEATS_MISSED`. Throws as {@link consume}.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "PARCELS", subjects: ["parcels.>"] });
   * await js.publish("parcels.1", "a book");
   * const consumer = await js.consumers.create("PARCELS", { durable: "van" });
   * for await (const m of consumer.fetch({ maxMessages: 10, expires: 1000 })) await m.ackConfirmed();
   * await nc.close();
   * ```
   */
  fetch(options: FetchOptions = {}): ConsumerMessages<JetStreamMessage<T>> {
    return fetch(this, this.lanes, options);
  }

  // JS-PULL-01
  /** One message; undefined if none came in time. Rejects as the loop of a {@link fetch} throws. */
  async next(options: NextOptions = {}): Promise<JetStreamMessage<T> | undefined> {
    return await next(this, this.lanes, options);
  }

  // JS-MSG-08
  /**
   * Calls a handler with each message. The message is acked when the handler returns, and comes again after a growing delay
   * when the handler throws; while the handler runs it does not come again. If the handler settles the message itself, that
   * stays. Messages that are given up for good go to the `deadLetters`. A message may be handled more than once: when an ack is
   * lost, or the process dies.
   *
   * Throws `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. `closed` has what ends it: an error that ends a
   * {@link consume} too, or `WRONG_CONSUMER_KIND` for `ackPolicy: "all"`, where an ack would cover messages that are still
   * being handled.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "MAILS", subjects: ["mails.>"], retention: "workqueue" });
   * await js.publish("mails.joe", "hello");
   * const consumer = await js.consumers.create("MAILS", { durable: "sender" });
   * const work = consumer.work((m) => console.log(m.subject, m.string()), { concurrency: 4, stopAfter: 1 });
   * console.log((await work.closed).reason, work.stats().acked);
   * await nc.close();
   * ```
   */
  work(handler: BatchHandler<T>, options: WorkOptions<T> & { readonly batch: BatchWindow }): Work;
  work(handler: Handler<T>, options?: WorkOptions<T>): Work;
  work(handler: Handler<T> | BatchHandler<T>, options: WorkOptions<T> = {}): Work {
    return workPull(this, handler as Handler | BatchHandler, options as WorkOptions);
  }

  // JS-PULL-18, JS-PULL-24
  /**
   * Sends one bare pull. Its messages and statuses go to the subject `reply`: subscribe there before, and give the messages to
   * `JetStream.message` to ack them. Without a request it asks for one message, and waits for ever. Throws `INVALID_OPTION`,
   * `INVALID_SUBJECT`, and as a publish does.
   */
  pull(reply: string, request?: FetchOptions): void {
    pull(this, reply, request);
  }

  // JS-CON-24
  /**
   * Takes the pin from the client that has it, so that another one of the group is served. Rejects with `INVALID_CONFIG` for an
   * unknown group, and with `SERVER_TOO_OLD` before nats-server 2.11.
   */
  async unpin(group: string, options: WaitOptions = {}): Promise<void> {
    await new ConsumerApi(this.context).unpin(this, aString("group", group), checkWait(options));
  }
}

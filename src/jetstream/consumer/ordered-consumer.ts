import { checkWait } from "../../core/call-options.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Schema, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { ConsumerMessages } from "../consume/consumer-messages.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import type { ConsumeOptions, FetchOptions, NextOptions } from "../consume/options.ts";
import type { DeliverPolicy } from "../consume/engine/ordered-engine-types.ts";
import { consumeOrdered, fetchOrdered, nextOrdered } from "../consume/ordered.ts";
import type { Context } from "../context.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { noneInUse } from "./consumer-errors.ts";
import { checkOrdered, type OrderedConsumerConfig } from "./ordered-config.ts";
import { OrderedSeries } from "./ordered-series.ts";
import { superseded } from "./superseded.ts";

/** Options of `OrderedConsumer.consume`: nothing is acked, so nothing gets too old. */
export type OrderedConsumeOptions<T = unknown> = Omit<
  ConsumeOptions<StoredMessage<T>>,
  "onStale" | "priority"
>;

/** Options of `OrderedConsumer.fetch`. */
export type OrderedFetchOptions = Omit<FetchOptions, "priority">;

/** Options of `OrderedConsumer.next`. */
export type OrderedNextOptions = Omit<NextOptions, "ack" | "priority">;

/**
 * Reads every message once and in order, whatever happens to servers and links. Each call goes on where the last one ended; only one
 * may run at a time.
 */
export class OrderedConsumer<T = unknown> {
  /** The name of its stream. */
  readonly stream: string;
  /** @internal */
  readonly context: Context;
  /** @internal */
  readonly schema: Schema | undefined;
  /** The consumers that serve it; shared by its typed handles. @internal */
  readonly series: OrderedSeries;

  /** @internal */
  constructor(context: Context, series: OrderedSeries, schema?: Schema) {
    this.context = context;
    this.stream = series.stream;
    this.series = series;
    this.schema = schema;
  }

  /** Rejects with `STREAM_NOT_FOUND`, `INVALID_OPTION` or `INVALID_CONFIG`. @internal */
  static async open(
    context: Context,
    stream: string,
    config: OrderedConsumerConfig,
    options: WaitOptions,
  ): Promise<OrderedConsumer> {
    const checked = checkOrdered(config);
    const consumer = new OrderedConsumer(context, new OrderedSeries(context, stream, checked));
    await context.api.request({ subject: `STREAM.INFO.${stream}`, stream, options });
    return consumer;
  }

  /** The same consumer; a schema reads the `value` of its messages. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): OrderedConsumer<SchemaOutput<S>> {
    return new OrderedConsumer(this.context, this.series, aSchema("schema", schema));
  }

  /** See `OrderedReader`. @internal */
  async superseded(
    from: DeliverPolicy,
    signal: AbortSignal,
    onEvent: (event: ConsumeEvent) => void,
  ): Promise<ReadonlySet<number>> {
    return await superseded(this.context, this.stream, this.series.config, from, signal, onEvent);
  }

  /** The info of the consumer that the server has now. Rejects with `CONSUMER_NOT_FOUND` if there is none, as before a read. */
  async info(options: WaitOptions = {}): Promise<ConsumerInfo> {
    const info = await this.series.info(checkWait(options));
    if (info === undefined) throw noneInUse(this.stream);
    return info;
  }

  // JS-PUSH-05
  /**
   * Messages without end, for a loop or a `callback`. To leave the loop stops it.
   *
   * Throws `INVALID_OPTION`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. The loop throws what ends it: `STREAM_NOT_FOUND` unless
   * `onMissing` says otherwise, `CONSUMER_BOUND` if it is being read already, or `CONNECTION_CLOSED`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "MOVES", subjects: ["moves.>"] });
   * for (const move of ["e4", "e5"]) await js.publish("moves.game1", move);
   * const reader = await js.consumers.ordered("MOVES", { filterSubjects: ["moves.game1"] });
   * for await (const m of reader.consume({ stopAfter: 2 })) console.log(m.seq, m.string());
   * await nc.close();
   * ```
   */
  consume(options: OrderedConsumeOptions<T> = {}): ConsumerMessages<StoredMessage<T>> {
    return consumeOrdered(this, options);
  }

  /** Messages until there are enough, or for `expires` milliseconds. Throws as {@link consume}. */
  fetch(options: OrderedFetchOptions = {}): ConsumerMessages<StoredMessage<T>> {
    return fetchOrdered(this, options);
  }

  /** One message; undefined if none came in time. Rejects as the loop of a {@link fetch} throws. */
  async next(options: OrderedNextOptions = {}): Promise<StoredMessage<T> | undefined> {
    return await nextOrdered(this, options);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { stream, series } = this;
    const facts = { stream, consumer: series.current?.name, read: series.progress.cursor };
    return inspected("OrderedConsumer", facts, depth, options, inspect);
  }
}

import { checkWait } from "../../core/call-options.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Schema, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { ConsumeOptions, FetchOptions, NextOptions } from "../consume/options.ts";
import type { Context } from "../context.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { noneInUse } from "./consumer-errors.ts";
import { checkOrdered, type OrderedConsumerConfig } from "./ordered-config.ts";
import { OrderedSeries } from "./ordered-series.ts";

/** Options of `OrderedConsumer.consume`: nothing is acked, so nothing gets too old. */
export type OrderedConsumeOptions<T = unknown> = Omit<
  ConsumeOptions<StoredMessage<T>>,
  "onStale" | "priority"
>;
export type OrderedFetchOptions = Omit<FetchOptions, "priority">;
export type OrderedNextOptions = Omit<NextOptions, "ack" | "priority">;

/**
 * Reads every message once and in order, whatever happens to the server's side of it. Each call goes on where the last one
 * ended; only one may run at a time.
 */
export class OrderedConsumer<T = unknown> {
  declare readonly values?: T;
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

  /** The same consumer, its messages with values by a schema. Throws `INVALID_OPTION`. */
  typed<S extends Schema>(schema: S): OrderedConsumer<SchemaOutput<S>> {
    return new OrderedConsumer(this.context, this.series, aSchema("schema", schema));
  }

  /** Of the consumer that serves it now. Rejects with `CONSUMER_NOT_FOUND` if none does, for it was not read yet. */
  async info(options: WaitOptions = {}): Promise<ConsumerInfo> {
    const info = await this.series.info(checkWait(options));
    if (info === undefined) throw noneInUse(this.stream);
    return info;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { stream, series } = this;
    const facts = { stream, consumer: series.current?.name };
    return inspected("OrderedConsumer", facts, depth, options, inspect);
  }
}

import { checkWait } from "../../core/call-options.ts";
import { aDate, aSignal, type Checks, checkOptions, count, milliseconds } from "../../core/checks.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Schema } from "../../core/values/schema.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { Context } from "../context.ts";
import type { BoundConsumer } from "../push/bound-consumer.ts";
import { Peers } from "../stream/peers.ts";
import { ConsumerApi } from "./consumer-api.ts";
import type { NamedConsumer } from "./consumer-errors.ts";
import { recreated } from "./recreated.ts";

/** What the handles of one consumer know of it together, those with a schema included. */
export interface KnownConsumer {
  info: ConsumerInfo | undefined;
  /** Whether this client has made it for itself, and removes it again. */
  readonly isOwn?: boolean;
  /** The consumer as `bindPush` was told it; the server is not asked. */
  readonly bound?: BoundConsumer;
}

/** Options of `reset`. */
export interface ResetOptions extends WaitOptions {
  /** The sequence in the stream to begin with. @default behind the last that was acked without a gap */
  readonly seq?: number;
}

const RESET: Checks<ResetOptions> = { seq: count, timeout: milliseconds, signal: aSignal };

/** The base of pull and push consumers. Every method may fail with `CONSUMER_NOT_FOUND`. */
export abstract class AnyConsumer {
  /** The name of its stream. */
  readonly stream: string;
  readonly name: string;
  /** The servers that hold it. */
  readonly peers: Peers;
  /** @internal */
  readonly context: Context;
  /** @internal */
  readonly schema: Schema | undefined;
  readonly #api: ConsumerApi;
  readonly #known: KnownConsumer;

  /** @internal */
  constructor(context: Context, { stream, name }: NamedConsumer, known: KnownConsumer, schema?: Schema) {
    this.context = context;
    this.stream = stream;
    this.name = name;
    this.schema = schema;
    this.#known = known;
    this.#api = new ConsumerApi(context);
    this.peers = new Peers(context.api, { stream, consumer: name });
  }

  /** The info that this handle saw last; undefined after `bind`, until somebody asked for it. */
  get cachedInfo(): ConsumerInfo | undefined {
    return this.#known.info;
  }

  // JS-CON-05
  /** Its configuration and state, from the server. */
  async info(options: WaitOptions = {}): Promise<ConsumerInfo> {
    return this.learn(await this.#api.info(this, checkWait(options)));
  }

  // JS-CON-20
  /** Stops deliveries until a time; messages wait at the server. Rejects with `INVALID_OPTION` if `until` is no valid time. */
  async pause(until: Date, options: WaitOptions = {}): Promise<void> {
    await this.#api.pause(this, aDate("until", until), checkWait(options));
  }

  /** Ends a pause. */
  async resume(options: WaitOptions = {}): Promise<void> {
    await this.#api.pause(this, undefined, checkWait(options));
  }

  // JS-CON-26
  /**
   * Delivers again from `seq` on, or from the first message that is not acked. Messages that were delivered before can't be acked any
   * more. Resolves with the sequence at which it begins.
   *
   * Rejects with `INVALID_CONFIG` or `API_ERROR` if `seq` is before the consumer's own start, and with `SERVER_TOO_OLD` before
   * nats-server 2.14.
   */
  async reset(options: ResetOptions = {}): Promise<number> {
    const { seq, ...limits } = checkOptions(options, RESET);
    return await this.#api.reset(this, seq, limits);
  }

  /** Makes it anew as it was configured, to go on from `fromSeq`. @internal */
  async recreate(fromSeq: number | undefined): Promise<ConsumerInfo> {
    return await recreated(this, fromSeq);
  }

  /** Whether messages are to be acked, as far as it is known. @internal */
  get takesAcks(): boolean {
    const policy = this.config?.ackPolicy;
    return policy !== "none" && policy !== "flow-control";
  }

  /** Whether a message that nobody handled comes again, as far as it is known. @internal */
  get redelivers(): boolean {
    return this.config?.ackPolicy !== "none";
  }

  /** As far as it is known. @internal */
  get config(): ConsumerInfo["config"] | undefined {
    return (this.#known.info ?? this.#known.bound)?.config;
  }

  /** What is shared by the handles of this consumer. @internal */
  get known(): KnownConsumer {
    return this.#known;
  }

  /** Takes what the server has told of the consumer. @internal */
  learn(info: ConsumerInfo): ConsumerInfo {
    this.#known.info = info;
    return info;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { stream, name, cachedInfo } = this;
    return inspected(this.constructor.name, { stream, name, cachedInfo }, depth, options, inspect);
  }
}

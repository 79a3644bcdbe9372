import { checkWait } from "../../core/call-options.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { isNatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { type AssetOptions, checkAssetOptions } from "../asset-options.ts";
import {
  checkConsumerConfig,
  type ConsumerConfig,
  type PushConsumerConfig,
} from "../config/consumer-config.ts";
import type { StreamOfConsumer } from "../config/consumer-defaults.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import { diffConsumerConfig } from "../config/diff.ts";
import { checkConsumerName, checkStreamName } from "../config/names.ts";
import { tellDifferences } from "../config/told-differences.ts";
import type { Changes } from "../config/wire-format.ts";
import type { Context } from "../context.ts";
import type { JetStreamError } from "../errors.ts";
import { boundConsumer } from "../push/bound-consumer.ts";
import { isPush } from "../push/is-push.ts";
import { wrongKind } from "../push/push-errors.ts";
import { changedConfig } from "./changed-config.ts";
import { Consumer } from "./consumer.ts";
import { ConsumerApi, type WriteAction } from "./consumer-api.ts";
import type { NamedConsumer } from "./consumer-errors.ts";
import { tellOutsideFilters } from "./outside-filters.ts";
import { OrderedConsumer } from "./ordered-consumer.ts";
import type { OrderedConsumerConfig } from "./ordered-config.ts";
import { PushConsumer } from "./push-consumer.ts";

/** Makes, changes, finds and removes consumers. */
export class Consumers {
  readonly #context: Context;
  readonly #api: ConsumerApi;
  readonly #names = new UniqueIds();

  /** @internal */
  constructor(context: Context) {
    this.#context = context;
    this.#api = new ConsumerApi(context);
  }

  // JS-CON-01, JS-CON-02, JS-CON-03
  /**
   * Makes a consumer, or gives the existing one if its configuration is the same. With `push` it is a push consumer, else a pull
   * consumer. Without `durable` it goes when it is unused for its `inactiveThreshold`; without `name`, too, it gets a name here.
   *
   * If a filter matches none of the stream's subjects, nothing comes by it: an `error` event of the connection tells, with
   * `INVALID_CONFIG`.
   *
   * Rejects with `CONSUMER_EXISTS` if one of that name has another configuration (`fields` names what differs), `STREAM_NOT_FOUND`,
   * `INVALID_CONFIG`, `SERVER_TOO_OLD` or `UNKNOWN_FIELD`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "SHOP", subjects: ["shop.>"] });
   * const consumer = await js.consumers.create("SHOP", { durable: "mailer", filterSubjects: ["shop.orders"] });
   * await js.publish("shop.orders", "one coffee");
   * const message = await consumer.next({ expires: 1000 });
   * await message?.ackConfirmed();
   * await nc.close();
   * ```
   */
  create(stream: string, config: ConsumerConfig, options?: AssetOptions): Promise<Consumer>;
  create(stream: string, config: PushConsumerConfig, options?: AssetOptions): Promise<PushConsumer>;
  async create(
    stream: string,
    config: ConsumerConfig | PushConsumerConfig,
    options: AssetOptions = {},
  ): Promise<Consumer | PushConsumer> {
    return await this.#made(config, await this.#write(stream, config, "create", options), options);
  }

  // JS-CON-04
  /** As {@link create}, but changes an existing consumer to this configuration. A field that can't be changed is `INVALID_CONFIG`. */
  createOrUpdate(stream: string, config: ConsumerConfig, options?: AssetOptions): Promise<Consumer>;
  createOrUpdate(stream: string, config: PushConsumerConfig, options?: AssetOptions): Promise<PushConsumer>;
  async createOrUpdate(
    stream: string,
    config: ConsumerConfig | PushConsumerConfig,
    options: AssetOptions = {},
  ): Promise<Consumer | PushConsumer> {
    return await this.#made(config, await this.#write(stream, config, "either", options), options);
  }

  // JS-CON-31
  /**
   * Reads, changes and writes the configuration: a field that is named changes, null takes it away, and the rest stays.
   *
   * Rejects with `CONSUMER_NOT_FOUND`, or with `INVALID_CONFIG` for a field that can't be changed; `argument` names it.
   */
  async update(
    stream: string,
    name: string,
    changes: Changes<ConsumerConfig | PushConsumerConfig>,
    options: AssetOptions = {},
  ): Promise<ConsumerInfo> {
    const { pedantic: _, ...limits } = checkAssetOptions(options);
    const consumer = named(stream, name);
    const config = changedConfig(await this.#api.info(consumer, limits), changes);
    checkConsumerConfig(config);
    return await this.#api.write(consumer, config, "update", options);
  }

  // JS-CON-05
  /** Removes a consumer. Rejects with `CONSUMER_NOT_FOUND`. */
  async delete(stream: string, name: string, options: WaitOptions = {}): Promise<void> {
    await this.#api.delete(named(stream, name), checkWait(options));
  }

  /** An existing pull consumer. Rejects with `CONSUMER_NOT_FOUND`, or with `WRONG_CONSUMER_KIND` if it is a push consumer. */
  async get(stream: string, name: string, options: WaitOptions = {}): Promise<Consumer> {
    const info = await this.#api.info(named(stream, name), checkWait(options));
    if (isPush(info.config)) throw wrongKind(info, "push");
    return new Consumer(this.#context, info, { info });
  }

  // JSS-05
  /** An existing push consumer. Rejects as {@link get}. */
  async getPush(stream: string, name: string, options: WaitOptions = {}): Promise<PushConsumer> {
    const info = await this.#api.info(named(stream, name), checkWait(options));
    if (!isPush(info.config)) throw wrongKind(info, "pull");
    return new PushConsumer(this.#context, info, { info });
  }

  /** A handle of a pull consumer; the server is not asked whether there is one. Throws `INVALID_OPTION`. */
  bind(stream: string, name: string): Consumer {
    return new Consumer(this.#context, named(stream, name), { info: undefined });
  }

  // JS-CON-28
  /**
   * A handle of a push consumer, for a client that may listen to its subject but not ask for consumers. The handle believes
   * `config`, which needs a `durable` or a `name`, and `push.deliverSubject`. The server is never asked, not even after an
   * outage. So `onMissing` does nothing, and a second reader without a group is not refused. Throws `INVALID_OPTION` or
   * `INVALID_CONFIG`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { jetstream } from "natspeed/jetstream";
   *
   * const nc = await connect();
   * const js = jetstream(nc);
   * await js.streams.create({ name: "MAIL", subjects: ["mail.>"] });
   * const config = { durable: "sender", push: { deliverSubject: "to.send" } };
   * await js.consumers.create("MAIL", config); // somebody else's business
   * await js.publish("mail.ann", "hello");
   * for await (const m of js.consumers.bindPush("MAIL", config).consume({ stopAfter: 1 })) m.ack();
   * await nc.close();
   * ```
   */
  bindPush(stream: string, config: PushConsumerConfig): PushConsumer {
    const bound = boundConsumer(stream, config);
    return new PushConsumer(this.#context, bound, { info: undefined, bound });
  }

  // JS-PUSH-05, JS-PUSH-06, JS-PUSH-07
  /**
   * An ordered consumer: it gives every message once and in order. It reads by a consumer at the server; when that is lost, a new one
   * goes on behind the last message. Messages need no ack.
   *
   * Rejects with `STREAM_NOT_FOUND`, `INVALID_CONFIG` or `INVALID_OPTION`.
   */
  async ordered(
    stream: string,
    config: OrderedConsumerConfig = {},
    options: WaitOptions = {},
  ): Promise<OrderedConsumer> {
    checkStreamName(stream);
    return await OrderedConsumer.open(this.#context, stream, config, checkWait(options));
  }

  // JS-CON-06
  /**
   * All consumers of a stream. Consumers may be made and removed meanwhile, also by the loop itself: each one that stays comes once.
   * The loop throws `STREAM_NOT_FOUND`, and `ASSET_OFFLINE` at its end if the server left some out. Throws `INVALID_OPTION`.
   */
  list(stream: string, options: WaitOptions = {}): AsyncSequence<ConsumerInfo> {
    checkStreamName(stream);
    return this.#api.list(stream, checkWait(options));
  }

  /** As {@link list}, but only the names. */
  names(stream: string, options: WaitOptions = {}): AsyncSequence<string> {
    checkStreamName(stream);
    return this.#api.names(stream, checkWait(options));
  }

  async #made(
    config: ConsumerConfig | PushConsumerConfig,
    info: ConsumerInfo,
    options: AssetOptions,
  ): Promise<Consumer | PushConsumer> {
    const { pedantic: _, ...limits } = options;
    await tellOutsideFilters(this.#context, info, limits);
    if (!isPush(config)) return new Consumer(this.#context, info, { info });
    const isOwn = config.durable === undefined && config.name === undefined;
    return new PushConsumer(this.#context, info, { info, isOwn });
  }

  async #write(
    stream: string,
    config: ConsumerConfig | PushConsumerConfig,
    action: WriteAction,
    given: AssetOptions,
  ): Promise<ConsumerInfo> {
    const options = checkAssetOptions(given);
    checkStreamName(stream);
    checkConsumerConfig(config);
    const consumer = { stream, name: config.durable ?? config.name ?? this.#names.next() };
    try {
      if (!isPush(config)) return await this.#api.write(consumer, config, action, options);
      const push = { ...config.push, deliverSubject: await this.#deliverSubject(consumer, config, options) };
      return await this.#api.write(consumer, { ...config, push }, action, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "CONSUMER_EXISTS")) throw thrown;
      throw await this.#toldWhere(thrown, consumer, config, options);
    }
  }

  /** The error of a consumer that exists, with the fields in which it is another one, if the server tells them. */
  async #toldWhere(
    error: JetStreamError,
    consumer: NamedConsumer,
    config: ConsumerConfig | PushConsumerConfig,
    options: AssetOptions,
  ): Promise<JetStreamError> {
    const { pedantic: _, ...limits } = options;
    try {
      const { config: there } = await this.#api.info(consumer, limits);
      return tellDifferences(error, diffConsumerConfig(there, config, ofItsStream(there)));
    } catch {
      return error;
    }
  }

  /** The subject of a push consumer. If the configuration doesn't say it, an existing consumer of that name keeps its own. */
  async #deliverSubject(
    consumer: NamedConsumer,
    { durable, name, push }: PushConsumerConfig,
    options: AssetOptions,
  ): Promise<string> {
    const { pedantic: _, ...limits } = options;
    if (push.deliverSubject !== undefined) return push.deliverSubject;
    const inbox = this.#context.connection.newInbox();
    if ((durable ?? name) === undefined) return inbox;
    try {
      const { config } = await this.#api.info(consumer, limits);
      return config.push?.deliverSubject ?? inbox;
    } catch (thrown) {
      if (isNatsError(thrown, "CONSUMER_NOT_FOUND")) return inbox;
      throw thrown;
    }
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("Consumers", { prefix: this.#context.prefix }, depth, options, inspect);
  }
}

/** What is left out may be of the stream, which gives it to each of its consumers: it is no difference. */
function ofItsStream(there: ConsumerConfig | PushConsumerConfig): StreamOfConsumer {
  const { inactiveThreshold, replicas, maxAckPending } = there as ConsumerConfig;
  return {
    ...(replicas === undefined ? {} : { replicas }),
    consumerLimits: {
      ...(inactiveThreshold === undefined ? {} : { inactiveThreshold }),
      ...(maxAckPending === undefined ? {} : { maxAckPending }),
    },
  };
}

function named(stream: string, name: string): NamedConsumer {
  checkStreamName(stream);
  checkConsumerName(name);
  return { stream, name };
}

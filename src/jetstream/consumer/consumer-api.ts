import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ApiAnswer } from "../api/api.ts";
import { invalidResponse } from "../api/answer-fields.ts";
import type { AssetOptions } from "../asset-options.ts";
import { type ConsumerConfig, consumerConfig, type PushConsumerConfig } from "../config/consumer-config.ts";
import { type ConsumerInfo, readConsumerInfo } from "../config/consumer-info.ts";
import { levelOfConsumer } from "../config/required-level.ts";
import { checkOrigin, markOrigin, originOf } from "../config/unknown-fields.ts";
import type { Context } from "../context.ts";
import type { NamedConsumer } from "./consumer-errors.ts";

/** What a write may do: make a consumer that there is not, change one that there is, or either. */
export type WriteAction = "create" | "update" | "either";

/** The API levels that came with nats-server 2.11 and 2.14. */
const LEVEL_OF_PAUSE = 1;
const LEVEL_OF_RESET = 3;

/** The calls of the API that consumers have. Names and configurations are checked before. */
export class ConsumerApi {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  // JS-CON-01: one filter stands in the subject, so that permissions can be given for it.
  /** The consumer after it was written. */
  async write(
    { stream, name }: NamedConsumer,
    config: ConsumerConfig | PushConsumerConfig,
    action: WriteAction,
    { pedantic, ...options }: AssetOptions,
  ): Promise<ConsumerInfo> {
    checkOrigin(config, originOf(this.#context));
    const wire = consumerConfig.toWire({ ...config, name });
    const { filter_subject: filter } = wire;
    const body = {
      stream_name: stream,
      config: wire,
      // JS-CON-03: without an action it is made or changed.
      ...(action === "either" ? {} : { action }),
      ...(pedantic === true ? { pedantic } : {}),
    };
    const subject = `CONSUMER.CREATE.${stream}.${name}${typeof filter === "string" ? `.${filter}` : ""}`;
    return this.#read(await this.#request({ stream, name }, subject, body, options, levelOfConsumer(config)));
  }

  async info(consumer: NamedConsumer, options: WaitOptions): Promise<ConsumerInfo> {
    return this.#read(await this.#call("INFO", consumer, undefined, options));
  }

  async delete(consumer: NamedConsumer, options: WaitOptions): Promise<void> {
    await this.#call("DELETE", consumer, undefined, options);
  }

  // JS-CON-20
  /** Without `until` it goes on. */
  async pause(consumer: NamedConsumer, until: Date | undefined, options: WaitOptions): Promise<void> {
    const body = until === undefined ? undefined : { pause_until: until.toISOString() };
    await this.#call("PAUSE", consumer, body, options, LEVEL_OF_PAUSE);
  }

  // JS-CON-24
  async unpin(consumer: NamedConsumer, group: string, options: WaitOptions): Promise<void> {
    await this.#call("UNPIN", consumer, { group }, options, LEVEL_OF_PAUSE);
  }

  // JS-CON-26
  /** Where it begins anew. */
  async reset(consumer: NamedConsumer, seq: number | undefined, options: WaitOptions): Promise<number> {
    const body = seq === undefined ? undefined : { seq };
    const { reset_seq: begin } = await this.#call("RESET", consumer, body, options, LEVEL_OF_RESET);
    if (Number.isSafeInteger(begin)) return begin as number;
    throw invalidResponse(
      `CONSUMER.RESET.${consumer.stream}.${consumer.name}`,
      '"reset_seq" is not a sequence',
    );
  }

  list(stream: string, options: WaitOptions): AsyncSequence<ConsumerInfo> {
    const request = { subject: `CONSUMER.LIST.${stream}`, stream, options };
    return this.#context.api.pages(
      request,
      (page) => consumersOf(page).map((info) => this.#read(info)),
      ({ name }) => name,
    );
  }

  names(stream: string, options: WaitOptions): AsyncSequence<string> {
    const request = { subject: `CONSUMER.NAMES.${stream}`, stream, options };
    return this.#context.api.pages(request, (page) => consumersOf(page).map(String), String);
  }

  /** Its configuration may be written back to the servers that it came from. */
  #read(answer: unknown): ConsumerInfo {
    return markOrigin(readConsumerInfo(answer), originOf(this.#context));
  }

  #call(
    verb: string,
    consumer: NamedConsumer,
    body: Readonly<Record<string, unknown>> | undefined,
    options: WaitOptions,
    level?: number,
  ): Promise<ApiAnswer> {
    return this.#request(
      consumer,
      `CONSUMER.${verb}.${consumer.stream}.${consumer.name}`,
      body,
      options,
      level,
    );
  }

  #request(
    { stream, name }: NamedConsumer,
    subject: string,
    body: Readonly<Record<string, unknown>> | undefined,
    options: WaitOptions,
    level?: number,
  ): Promise<ApiAnswer> {
    return this.#context.api.request({ subject, body, level, stream, consumer: name, options });
  }
}

/** A stream without consumers has a list that is null. */
function consumersOf({ consumers }: ApiAnswer): readonly unknown[] {
  return Array.isArray(consumers) ? consumers : [];
}

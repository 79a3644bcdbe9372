import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ConsumerSettings } from "../config/consumer-config.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import { OrderedProgress } from "../consume/ordered-progress.ts";
import type { Context } from "../context.ts";
import { ConsumerApi } from "./consumer-api.ts";
import { MadeConsumers } from "./made-consumers.ts";
import { INACTIVE_THRESHOLD, type OrderedConsumerConfig, orderedConfig } from "./ordered-config.ts";
import { removeUnused } from "./remove-unused.ts";

/** The consumers that serve an ordered consumer, one after another. */
export class OrderedSeries {
  readonly stream: string;
  readonly config: OrderedConsumerConfig;
  /** How far reading has come. */
  readonly progress: OrderedProgress;
  readonly #api: ConsumerApi;
  readonly #prefix: string;
  readonly #made: MadeConsumers;
  #count = 0;
  /** The name of the one that is wanted. */
  #wanted: string | undefined;
  #current: ConsumerInfo | undefined;

  /** The configuration is checked. */
  constructor(context: Context, stream: string, config: OrderedConsumerConfig) {
    this.stream = stream;
    this.config = config;
    this.progress = new OrderedProgress(this);
    this.#api = new ConsumerApi(context);
    this.#prefix = config.namePrefix ?? new UniqueIds().next();
    const lives = config.inactiveThreshold ?? INACTIVE_THRESHOLD;
    this.#made = new MadeConsumers((name, isUncertain) =>
      removeUnused(this.#api, { consumer: { stream, name }, lives, isUncertain }),
    );
  }

  /** The one in use, as it was made. */
  get current(): ConsumerInfo | undefined {
    return this.#current;
  }

  /** Makes the next one, to begin there. The one before is removed, which nobody waits for. */
  async create(
    deliverPolicy: NonNullable<ConsumerSettings["deliverPolicy"]>,
    options: WaitOptions = {},
  ): Promise<ConsumerInfo> {
    this.remove();
    this.#count += 1;
    const consumer = { stream: this.stream, name: `${this.#prefix}_${this.#count}` };
    const config = { ...orderedConfig(this.config, deliverPolicy), name: consumer.name };
    this.#wanted = consumer.name;
    const write = (): Promise<ConsumerInfo> => this.#api.write(consumer, config, "create", options);
    try {
      const info = await this.#made.make(consumer.name, write);
      if (this.#wanted === consumer.name) this.#current = info;
      return info;
    } finally {
      // It was given up meanwhile.
      if (this.#wanted !== consumer.name) this.#made.keepOnly(this.#wanted);
    }
  }

  /** As the server has the one in use; undefined if there is none. */
  async info(options: WaitOptions): Promise<ConsumerInfo | undefined> {
    return this.#current === undefined ? undefined : await this.#api.info(this.#current, options);
  }

  /** Removes the one in use, which nobody waits for. */
  remove(): void {
    this.#current = undefined;
    this.#wanted = undefined;
    this.#made.keepOnly(undefined);
  }
}

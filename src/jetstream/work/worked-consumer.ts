import type { AnyConsumer } from "../consumer/any-consumer.ts";
import { RedeliveryClock } from "./redelivery-clock.ts";
import type { SettlingConsumer } from "./settling.ts";

/** What settling messages takes of a consumer: as it is known now, for it may change, or become known late. */
export class WorkedConsumer implements SettlingConsumer {
  readonly #consumer: AnyConsumer;
  #knownConfig: AnyConsumer["config"];
  #clock = new RedeliveryClock({});

  constructor(consumer: AnyConsumer) {
    this.#consumer = consumer;
  }

  get takesAcks(): boolean {
    return this.#consumer.takesAcks;
  }

  get clock(): RedeliveryClock {
    const { config, takesAcks } = this.#consumer;
    if (config === undefined || config === this.#knownConfig) return this.#clock;
    this.#knownConfig = config;
    // Without acks each message is delivered once.
    this.#clock = new RedeliveryClock(takesAcks ? config : { maxDeliver: 1 });
    return this.#clock;
  }
}

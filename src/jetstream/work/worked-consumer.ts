import type { AnyConsumer } from "../consumer/any-consumer.ts";
import { RedeliveryClock } from "./redelivery-clock.ts";
import type { SettlingConsumer } from "./settling.ts";

/** What settling messages takes of a consumer: as it is known now, for it may change, or become known late. */
export class WorkedConsumer implements SettlingConsumer {
  readonly #consumer: AnyConsumer;
  #knownInfo: AnyConsumer["cachedInfo"];
  #clock = new RedeliveryClock({});

  constructor(consumer: AnyConsumer) {
    this.#consumer = consumer;
  }

  get takesAcks(): boolean {
    return this.#consumer.takesAcks;
  }

  get clock(): RedeliveryClock {
    const { cachedInfo, takesAcks } = this.#consumer;
    if (cachedInfo === undefined || cachedInfo === this.#knownInfo) return this.#clock;
    this.#knownInfo = cachedInfo;
    // Without acks each message is delivered once.
    this.#clock = new RedeliveryClock(takesAcks ? cachedInfo.config : { maxDeliver: 1 });
    return this.#clock;
  }
}

import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { ConsumerMessages } from "../../jetstream/consume/consumer-messages.ts";
import { checkOrdered } from "../../jetstream/consumer/ordered-config.ts";
import { OrderedConsumer } from "../../jetstream/consumer/ordered-consumer.ts";
import { OrderedSeries } from "../../jetstream/consumer/ordered-series.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { StoreContext } from "../store-context.ts";

/** Chunks that are asked for or wait here; of objects in small chunks so many. */
const CAPACITY = 1024;

/** The same in bytes: what a reader holds who takes none. */
const CAPACITY_BYTES = 8 * 1024 * 1024;

export interface FeedOptions {
  /** Where the chunks are. */
  readonly subject: string;
  /** The sequence of the first that is wanted. @default the first there is */
  readonly startSeq: number | undefined;
  /** How many are wanted. */
  readonly chunks: number;
  /** Bytes of a chunk, at most. */
  readonly largest: number;
}

// OBJ-07
/** The chunks of an object in order, by an ordered consumer: they are asked for as they are taken. */
export class ChunkFeed {
  readonly #series: OrderedSeries;
  readonly #messages: ConsumerMessages<StoredMessage>;
  readonly #iterator: AsyncSequence<StoredMessage>;

  constructor({ js, stream }: StoreContext, { subject, startSeq, chunks, largest }: FeedOptions) {
    const { context } = js;
    const config = checkOrdered({
      filterSubjects: [subject],
      ...(startSeq === undefined ? {} : { deliverPolicy: { startSeq } }),
    });
    this.#series = new OrderedSeries(context, stream.name, config);
    this.#messages = new OrderedConsumer(context, this.#series).consume({
      stopAfter: chunks,
      // By number, for all are of one size: of pulls that have a limit in bytes one is open at a time, with a gap after it.
      capacity: Math.min(chunks, CAPACITY, Math.max(2, Math.floor(CAPACITY_BYTES / largest))),
    });
    this.#iterator = this.#messages[Symbol.asyncIterator]();
  }

  /** The next one, whenever it comes; undefined when all have come, or it was stopped. */
  async next(): Promise<StoredMessage | undefined> {
    return (await this.#iterator.next()).value;
  }

  /** Nothing more comes, and the consumer is removed at the server. */
  async stop(): Promise<void> {
    await this.#messages.stop();
    this.#series.remove();
  }
}

import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { ConsumerMessages } from "../../jetstream/consume/consumer-messages.ts";
import { consumeOrdered } from "../../jetstream/consume/ordered.ts";
import { checkOrdered } from "../../jetstream/consumer/ordered-config.ts";
import { OrderedSeries } from "../../jetstream/consumer/ordered-series.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { StoreContext } from "../store-context.ts";
import { ReadBudget } from "./read-budget.ts";
import type { ReadShare } from "./read-share.ts";

/** Chunks that are asked for or wait here; of objects in small chunks so many. */
const CAPACITY = 1024;

/** The same in bytes: what a reader holds who takes none. */
const CAPACITY_BYTES = 8 * 1024 * 1024;

/** Bytes of a chunk's subjects, about. */
const SUBJECTS = 256;

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
  readonly #share: ReadShare;
  readonly #messages: ConsumerMessages<StoredMessage>;
  readonly #iterator: AsyncSequence<StoredMessage>;

  constructor({ js, stream }: StoreContext, { subject, startSeq, chunks, largest }: FeedOptions) {
    const { context } = js;
    const config = checkOrdered({
      filterSubjects: [subject],
      ...(startSeq === undefined ? {} : { deliverPolicy: { startSeq } }),
    });
    this.#series = new OrderedSeries(context, stream.name, config);
    // By number, for all are of one size: of pulls that have a limit in bytes one is open at a time, with a gap after it.
    const capacity = Math.min(chunks, CAPACITY, Math.max(2, Math.floor(CAPACITY_BYTES / largest)));
    this.#share = context.connection.foundation.one(ReadBudget).share(largest + SUBJECTS, capacity);
    const reader = { context, schema: undefined, series: this.#series, ration: this.#share };
    this.#messages = consumeOrdered(reader, { stopAfter: chunks, capacity });
    this.#iterator = this.#messages[Symbol.asyncIterator]();
  }

  /** Whether, since it was looked at last, it was the turn of other gets. */
  isOthersTurn(): boolean {
    return this.#share.isOthersTurn();
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

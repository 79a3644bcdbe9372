import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { NatsError } from "../../core/errors.ts";
import { LARGEST_PAYLOAD } from "../../core/protocol/largest-payload.ts";
import type { ConsumerMessages } from "../../jetstream/consume/consumer-messages.ts";
import { consumeOrdered } from "../../jetstream/consume/ordered.ts";
import { checkOrdered } from "../../jetstream/consumer/ordered-config.ts";
import { OrderedSeries } from "../../jetstream/consumer/ordered-series.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { ReadBudget } from "./read-budget.ts";
import type { ReadShare } from "./read-share.ts";

/** Chunks that are on their way or wait here, at most. */
const CAPACITY = 1024;

/** The same in bytes: so much waits here for a reader that takes nothing. */
const CAPACITY_BYTES = 8 * 1024 * 1024;

/** Bytes of a chunk's subjects, about. */
const SUBJECTS = 256;

/** Which chunks are wanted. */
export interface WantedChunks {
  /** The sequence of the first one. @default the first there is */
  readonly startSeq: number | undefined;
  /** How many. */
  readonly chunks: number;
}

// OBJ-07
/** The chunks of an object in order, by an ordered consumer: they are asked for as they are taken. */
export class ChunkFeed {
  readonly #series: OrderedSeries;
  readonly #share: ReadShare;
  readonly #messages: ConsumerMessages<StoredMessage>;
  readonly #iterator: AsyncSequence<StoredMessage>;

  constructor({ js, stream }: StoreContext, info: ObjectInfo, { startSeq, chunks }: WantedChunks) {
    const { context } = js;
    const largest = largestChunk(info);
    const config = checkOrdered({
      filterSubjects: [chunkSubject(info.store, info.nuid)],
      ...(startSeq === undefined ? {} : { deliverPolicy: { startSeq } }),
    });
    this.#series = new OrderedSeries(context, stream.name, config);
    // A number of messages, not of bytes: of pulls with a limit in bytes only one is open at a time, with a gap after it.
    const capacity = Math.min(chunks, CAPACITY, Math.max(2, Math.floor(CAPACITY_BYTES / largest)));
    this.#share = context.connection.foundation.one(ReadBudget).share(largest + SUBJECTS, capacity);
    const reader = { context, schema: undefined, series: this.#series, ration: this.#share };
    this.#messages = consumeOrdered(reader, { stopAfter: chunks, capacity });
    this.#iterator = this.#messages[Symbol.asyncIterator]();
  }

  /** Whether other gets had their turn since this was last asked. */
  isOthersTurn(): boolean {
    return this.#share.isOthersTurn();
  }

  /** What keeps chunks from coming; undefined if nothing is known to. */
  get trouble(): NatsError | undefined {
    return this.#messages.trouble;
  }

  /** The next chunk, whenever it comes; undefined when all have come, or it was stopped. */
  async next(): Promise<StoredMessage | undefined> {
    return (await this.#iterator.next()).value;
  }

  /** Nothing more comes, and the consumer is removed at the server. */
  async stop(): Promise<void> {
    await this.#messages.stop();
    this.#series.remove();
  }
}

/** Bytes of an object's chunk, at most. Other clients may leave the chunk size out, or say a wrong one. */
function largestChunk({ chunkSize = 0, chunks, size }: ObjectInfo): number {
  return Math.min(Math.max(chunkSize, Math.ceil(size / chunks)), size, LARGEST_PAYLOAD);
}

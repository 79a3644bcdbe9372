import type { Schema } from "../../core/values/schema.ts";
import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { Context } from "../context.ts";
import type { DeliverPolicy } from "./engine/ordered-engine-types.ts";
import type { ConsumeEvent } from "./events.ts";
import type { OrderedProgress } from "./ordered-progress.ts";
import type { Ration } from "./ration.ts";

/** The consumers that serve an ordered consumer, one after another, and how far it has come by them. */
interface OrderedConsumers {
  readonly stream: string;
  readonly config: { readonly deliverPolicy?: DeliverPolicy };
  /** The one in use, as it was made. */
  readonly current: ConsumerInfo | undefined;
  readonly progress: OrderedProgress;
  /** Makes the next consumer. The one before is removed without waiting for that. */
  create(deliverPolicy: DeliverPolicy): Promise<ConsumerInfo>;
  /** Begins to remove the consumer in use. */
  remove(): void;
}

/** What reading in order needs of the handle. */
export interface OrderedReader {
  readonly context: Context;
  readonly schema: Schema | undefined;
  readonly series: OrderedConsumers;
  /** A stream of the same name that was made later does not take the stream's place: reading ends. */
  readonly endsWithStream?: boolean;
  /** Asks for no more than this grants. */
  readonly ration?: Ration;
  /**
   * Looks up which messages from there on have a successor; for readers of "last-per-subject". `onEvent` hears what fails
   * meanwhile and is tried again.
   */
  superseded?(
    from: DeliverPolicy,
    signal: AbortSignal,
    onEvent: (event: ConsumeEvent) => void,
  ): Promise<ReadonlySet<number>>;
}

import { SubscriptionError } from "../../core/errors.ts";
import type { DeliverPolicy } from "../consume/engine/ordered-engine-types.ts";
import { askedBy } from "../consume/consume.ts";
import type { ConsumeEvent } from "../consume/events.ts";
import type { SourceEnd } from "../consume/source.ts";
import { SyncMark } from "../consume/sync-mark.ts";
import { WatchSource } from "../consume/watch-source.ts";
import type { Context } from "../context.ts";
import type { OrderedConsumerConfig } from "./ordered-config.ts";
import { OrderedSeries } from "./ordered-series.ts";

/** Messages without payload that wait here, or are asked for. */
const CAPACITY = 16_384;

/**
 * The sequences of messages, from there on, that have a successor of the same subject as the stream is now. It keeps a number for
 * each subject, and goes on across lost links. `onEvent` hears of failures that are tried again. Rejects with `STREAM_NOT_FOUND`,
 * and with whatever else ends the reading.
 */
export async function superseded(
  context: Context,
  stream: string,
  { filterSubjects }: OrderedConsumerConfig,
  from: DeliverPolicy,
  signal: AbortSignal,
  onEvent: (event: ConsumeEvent) => void = () => undefined,
): Promise<ReadonlySet<number>> {
  signal.throwIfAborted();
  const filters = filterSubjects === undefined ? {} : { filterSubjects };
  const series = new OrderedSeries(context, stream, { ...filters, deliverPolicy: from, headersOnly: true });
  const reader = { context, schema: undefined, series, endsWithStream: true };
  const source = new WatchSource(reader, askedBy({ capacity: CAPACITY }), () => series.info({}));
  try {
    return await readThrough(source, signal, onEvent);
  } finally {
    await source.stop();
  }
}

/** Resolves when all has come that was there when it began. */
function readThrough(
  source: WatchSource,
  signal: AbortSignal,
  onEvent: (event: ConsumeEvent) => void,
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const last = new Map<string, number>();
  return new Promise((resolve, reject) => {
    const onEnd = ({ reason, error }: SourceEnd): void => reject(error ?? endedEarly(reason));
    signal.addEventListener("abort", () => onEnd({ reason: "stopped" }), { once: true });
    source.start({
      onMessage(item) {
        source.taken(item);
        if (item instanceof SyncMark) {
          resolve(found);
          return;
        }
        const { subject, seq } = item;
        const before = last.get(subject);
        if (before !== undefined) found.add(before);
        last.set(subject, seq);
      },
      onEvent(event) {
        if (event.type === "retrying" || event.type === "recovered") onEvent(event);
      },
      onEnd,
    });
  });
}

function endedEarly(reason: string): SubscriptionError {
  return new SubscriptionError("SUBSCRIPTION_CLOSED", `the look-up of successors ended early (${reason})`);
}

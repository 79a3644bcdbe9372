import type { DeliverPolicy } from "../consume/engine/ordered-engine-types.ts";
import { askedBy } from "../consume/consume.ts";
import { Watch } from "../consume/watch.ts";
import { WatchSource } from "../consume/watch-source.ts";
import type { Context } from "../context.ts";
import type { OrderedConsumerConfig } from "./ordered-config.ts";
import { OrderedSeries } from "./ordered-series.ts";

/** Messages without payload that wait here, or are asked for. */
const CAPACITY = 16_384;

/**
 * The sequences, from there on, of messages that have a successor of the same subject, as the stream is now. It keeps a number
 * for each subject, and goes on across lost links. Rejects with `STREAM_NOT_FOUND`, and with what ends it.
 */
export async function superseded(
  context: Context,
  stream: string,
  { filterSubjects }: OrderedConsumerConfig,
  from: DeliverPolicy,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const last = new Map<string, number>();
  const filters = filterSubjects === undefined ? {} : { filterSubjects };
  const series = new OrderedSeries(context, stream, { ...filters, deliverPolicy: from, headersOnly: true });
  const reader = { context, schema: undefined, series, endsWithStream: true };
  const source = new WatchSource(reader, askedBy({ capacity: CAPACITY }), () => series.info({}));
  const options = { connection: context.connection, origin: { stream }, onStale: "drop", signal } as const;
  const watch = new Watch<never>(source, options, {
    read({ subject, seq }) {
      const before = last.get(subject);
      if (before !== undefined) found.add(before);
      last.set(subject, seq);
      return undefined;
    },
    synced: () => undefined,
    callback: () => undefined,
  });
  try {
    await watch.synced;
    return found;
  } finally {
    await watch.stop();
  }
}

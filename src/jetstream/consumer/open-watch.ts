import type { NatsError } from "../../core/errors.ts";
import { LARGEST_PAYLOAD } from "../../core/protocol/largest-payload.ts";
import { askedBy } from "../consume/consume.ts";
import type { OrderedReader } from "../consume/ordered-reader.ts";
import { Watch, type WatchReading } from "../consume/watch.ts";
import { WatchSource } from "../consume/watch-source.ts";
import type { Context } from "../context.ts";
import { checkOrdered, type OrderedConsumerConfig } from "./ordered-config.ts";
import { OrderedSeries } from "./ordered-series.ts";
import { superseded } from "./superseded.ts";

/**
 * Messages that wait here, or are asked for. A pull with a limit in bytes is open alone, and a round trip passes before the next
 * one, so each is to bring many messages.
 */
const CAPACITY = 16_384;

/**
 * Bytes that wait here, or are on their way: a server cuts off whoever does not take within seconds what it has sent, and values may
 * be large. A message that is larger would never come.
 */
const CAPACITY_BYTES = 8 * 1024 * 1024;

function bytesFor({ connection }: Context): number {
  return Math.max(CAPACITY_BYTES, 2 * (connection.info?.maxPayload ?? LARGEST_PAYLOAD));
}

/** What is watched: of a stream, from where on, and what becomes an event. */
export interface Watched<E> extends WatchReading<E> {
  readonly stream: string;
  /** With `deliverPolicy: "last-per-subject"` what is there is the last message of each subject. */
  readonly config: OrderedConsumerConfig;
  /** Waits for JetStream that has never answered. @default false */
  readonly isPatient?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What the application is told of a failure that ends the watch. @default the failure itself */
  readonly failed?: (error: NatsError) => NatsError;
}

/**
 * Opens a {@link Watch}, for what stands on JetStream: buckets and object stores. It stands on the consumers of an ordered
 * reader, made one after another as each is lost. `read` makes an event of each message when the loop (or the callback) comes
 * for it; a message that it makes nothing of counts all the same for `synced`, which comes once.
 *
 * The watch ends with `STREAM_NOT_FOUND` if the stream goes, if another of that name takes its place, and if it has lost its messages; and with
 * `JETSTREAM_NOT_ENABLED` if nobody has ever answered for JetStream, unless it `isPatient`. Throws `INVALID_OPTION`, `INVALID_CONFIG`, `CONNECTION_CLOSED` or `CONNECTION_DRAINING`.
 *
 * ```
 * openWatch(context, {
 *   stream: "KV_config",
 *   config: { filterSubjects: ["$KV.config.>"], deliverPolicy: "last-per-subject" },
 *   read: (message) => ({ type: "put", key: message.subject }),
 *   synced: (seq) => ({ type: "synced", revision: seq }),
 *   signal,
 * });
 * ```
 */
export function openWatch<E>(
  context: Context,
  { stream, config, isPatient = false, signal, failed, ...reading }: Watched<E>,
): Watch<E> {
  const series = new OrderedSeries(context, stream, checkOrdered(config));
  const reader: OrderedReader = {
    context,
    schema: undefined,
    series,
    endsWithStream: true,
    superseded: (from, ending, onEvent) => superseded(context, stream, config, from, ending, onEvent),
  };
  const pulls = askedBy({ capacity: CAPACITY, capacityBytes: bytesFor(context) });
  const onMissing = { ...pulls.onMissing, jetStream: isPatient ? "wait" : "fail" } as const;
  const asked = { ...pulls, onMissing };
  const source = new WatchSource(reader, asked, () => series.info({}), failed);
  const { filterSubjects } = config;
  const origin = { stream, ...(filterSubjects === undefined ? {} : { filterSubjects }) };
  return new Watch(source, { connection: context.connection, origin, onStale: "drop", signal }, reading);
}

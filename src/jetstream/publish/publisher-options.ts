import { type Checks, checkOptions, count, limit, milliseconds, oneOf } from "../../core/checks.ts";
import type { PublishFailure } from "../errors.ts";
import type { RetryOptions } from "./message-options.ts";
import { resolveRetries, RETRY_CHECKS } from "./retry-options.ts";

/** Options of `JetStream.publisher`; all are read once. */
export interface PublisherOptions extends RetryOptions {
  /** Messages without an ack yet. @default 4000 */
  readonly maxInFlight?: number;
  /** Bytes without an ack yet. A message larger than this goes alone. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
  /** When the window is full, a publish waits its turn or rejects with `PUBLISHER_FULL`. @default "wait" */
  readonly onFull?: "wait" | "throw";
  /** Messages that wait for a place in the window; beyond, a publish rejects with `PUBLISHER_FULL`. @default 1048576 */
  readonly maxWaiting?: number;
  /** Bytes that wait for a place in the window. @default 268435456 (256 MiB) */
  readonly maxWaitingBytes?: number;
  /** Milliseconds for each ack, from when the message is sent. @default the context's */
  readonly timeout?: number;
}

/** What came of a publisher's messages: `acked`, `failed` and `abandoned` add up to their number. */
export interface PublishReport {
  /** Messages that are stored, duplicates included. */
  readonly acked: number;
  /** Acked messages that the stream had already. */
  readonly duplicates: number;
  readonly failed: number;
  /** The first 100 that failed. */
  readonly failures: readonly PublishFailure[];
  /** Messages without an answer when the time was up: they may be stored or not. */
  readonly abandoned: number;
}

export interface ResolvedPublisherOptions extends Required<PublisherOptions> {}

const OPTIONS: Checks<PublisherOptions> = {
  ...RETRY_CHECKS,
  maxInFlight: count,
  maxBytes: limit,
  onFull: oneOf("wait", "throw"),
  maxWaiting: limit,
  maxWaitingBytes: limit,
  timeout: milliseconds,
};

const FORMER = {
  maxPending: '"maxInFlight"',
  max_pending: '"maxInFlight"',
  maxAckPending: '"maxInFlight"',
};

const MEBI = 1024 * 1024;

/** Throws `INVALID_OPTION`. */
export function resolvePublisherOptions(given: PublisherOptions, timeout: number): ResolvedPublisherOptions {
  const checked = checkOptions(given, OPTIONS, undefined, FORMER);
  return {
    maxInFlight: 4000,
    maxBytes: 64 * MEBI,
    onFull: "wait",
    maxWaiting: MEBI,
    maxWaitingBytes: 256 * MEBI,
    timeout,
    ...checked,
    ...resolveRetries(checked),
  };
}

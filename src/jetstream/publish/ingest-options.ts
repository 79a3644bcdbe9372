import { type Checks, checkOptions, milliseconds, oneOf, wholeBetween } from "../../core/checks.ts";

/** Options of `JetStream.ingest`. */
export interface IngestOptions {
  /** When messages are lost on their way: fail ends the ingest, continue goes on and reports them. @default "fail" */
  readonly onGap?: "fail" | "continue"; // JS-FAST-04
  /** Messages from ack to ack at the beginning, 1 to 65535; the server adapts that. @default 100 */
  readonly ackEvery?: number; // JS-FAST-03
  /** How many acks may be missing before `ready` waits, 1 to 3. @default 2 */
  readonly maxOutstanding?: number;
  /** Milliseconds without a word of the server after which the ingest fails. @default the context's */
  readonly timeout?: number;
}

export interface ResolvedIngestOptions extends Required<IngestOptions> {}

const OPTIONS: Checks<IngestOptions> = {
  onGap: oneOf("fail", "continue"),
  ackEvery: wholeBetween(1, 65_535),
  maxOutstanding: wholeBetween(1, 3),
  timeout: milliseconds,
};

const FORMER = {
  ackFirst: '"ackEvery"',
  flow: '"ackEvery"',
  ackInterval: '"ackEvery"',
  gapMode: '"onGap"',
  allowGaps: 'onGap: "continue"',
  maxOutstandingAcks: '"maxOutstanding"',
  inboxPrefix: "an option of connect()",
};

/** Throws `INVALID_OPTION`. */
export function resolveIngestOptions(given: IngestOptions, timeout: number): ResolvedIngestOptions {
  return {
    onGap: "fail",
    ackEvery: 100,
    maxOutstanding: 2,
    timeout,
    ...checkOptions(given, OPTIONS, undefined, FORMER),
  };
}

import {
  aDate,
  aSignal,
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
  milliseconds,
} from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Start } from "../config/start.ts";
import { aFilter } from "../config/subjects.ts";
import type { DirectRequest } from "./direct-request.ts";

/** Which messages of a stream are read. `timeout` is for each page of them. */
export type RangeOptions = WaitOptions &
  Partial<Start> & {
    /** Messages whose subject matches; it may have wildcards. @default all */
    readonly filter?: string;
    /** Ends after so many messages. */
    readonly maxMessages?: number;
    /** Ends with the message that reaches so many bytes of payload. */
    readonly maxBytes?: number;
  };

interface AllRangeOptions extends WaitOptions {
  readonly startSeq?: number;
  readonly startTime?: Date;
  readonly filter?: string;
  readonly maxMessages?: number;
  readonly maxBytes?: number;
}

const RANGE: Checks<AllRangeOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  startSeq: count,
  startTime: aDate,
  filter: aFilter,
  maxMessages: count,
  maxBytes: count,
};

/** As nats.js calls them. */
const FORMER: FormerNames = {
  seq: '"startSeq"',
  start_time: '"startTime"',
  next_by_subj: '"filter"',
  batch: '"maxMessages"',
  max_bytes: '"maxBytes"',
  callback: "a loop",
};

/** A range as it is asked for. */
export interface Range {
  readonly limits: WaitOptions;
  readonly maxMessages: number;
  readonly maxBytes: number;
  readonly filter: Pick<DirectRequest, "next_by_subj">;
  readonly start: Pick<DirectRequest, "seq" | "start_time">;
}

/** Throws `INVALID_OPTION` or `INVALID_SUBJECT`. */
export function checkRange(given: RangeOptions): Range {
  const { startSeq, startTime, filter, maxMessages, maxBytes, ...limits } = checkOptions(
    given as AllRangeOptions,
    RANGE,
    undefined,
    FORMER,
  );
  return {
    limits,
    maxMessages: maxMessages ?? Infinity,
    maxBytes: maxBytes ?? Infinity,
    filter: filter === undefined ? {} : { next_by_subj: filter },
    start: startOf(startSeq, startTime) ?? { seq: 1 },
  };
}

/** Where to begin, as it travels; undefined if that is not said. */
export function startOf(
  startSeq: number | undefined,
  startTime: Date | undefined,
): Pick<DirectRequest, "seq" | "start_time"> | undefined {
  if (startTime === undefined) return startSeq === undefined ? undefined : { seq: startSeq };
  if (startSeq !== undefined) throw invalidOption("startTime", "it excludes startSeq");
  return { start_time: startTime.toISOString() };
}

import {
  aSignal,
  type Checks,
  checkOptions,
  count,
  invalidOption,
  milliseconds,
  wholeNumber,
} from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { ApiRequest } from "../api/api.ts";
import type { Either } from "../config/either.ts";
import { aFilter } from "../config/subjects.ts";

/** Which messages are removed: all, those below a sequence, or all but the last ones. */
export type PurgeOptions = WaitOptions & {
  /** Only messages whose subject matches; it may have wildcards. @default all */
  readonly filter?: string;
} & Either<
    { /** The first sequence that stays. */ readonly seq?: number },
    { /** How many stay. */ readonly keep?: number }
  >;

interface AnyPurgeOptions extends WaitOptions {
  readonly filter?: string;
  readonly seq?: number;
  readonly keep?: number;
}

const PURGE: Checks<AnyPurgeOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  filter: aFilter,
  seq: count,
  keep: wholeNumber,
};

// JS-STR-04
/** Throws `INVALID_OPTION` or `INVALID_SUBJECT`. */
export function purgeRequest(stream: string, given: PurgeOptions): ApiRequest {
  const { filter, seq, keep, ...options } = checkOptions(given as AnyPurgeOptions, PURGE);
  if (seq !== undefined && keep !== undefined) throw invalidOption("keep", "it excludes seq");
  return { subject: `STREAM.PURGE.${stream}`, body: { filter, seq, keep }, stream, options };
}

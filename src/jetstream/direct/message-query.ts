import {
  aDate,
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
} from "../../core/checks.ts";
import type { Either } from "../config/either.ts";
import type { Start } from "../config/start.ts";
import { aFilter } from "../config/subjects.ts";
import type { DirectRequest } from "./direct-request.ts";
import { startOf } from "./range.ts";

/** Which message: the one with a sequence, the last one of a subject, or the first one of a subject from a start on. */
export type MessageQuery = Either<
  { readonly seq: number },
  Either<{ readonly lastBySubject: string }, Partial<Start> & { readonly nextBySubject: string }>
>;

interface AnyMessageQuery {
  readonly seq?: number;
  readonly lastBySubject?: string;
  readonly nextBySubject?: string;
  readonly startSeq?: number;
  readonly startTime?: Date;
}

const QUERY: Checks<AnyMessageQuery> = {
  seq: count,
  lastBySubject: aFilter,
  nextBySubject: aFilter,
  startSeq: count,
  startTime: aDate,
};

/** As nats.js calls them. */
const FORMER: FormerNames = {
  last_by_subj: '"lastBySubject"',
  next_by_subj: '"nextBySubject"',
  start_time: '"startTime"',
};

/** The query as it travels. Throws `INVALID_OPTION` or `INVALID_SUBJECT`. */
export function checkQuery(given: MessageQuery): DirectRequest {
  const { startSeq, startTime, ...query } = checkOptions(given as AnyMessageQuery, QUERY, "query", FORMER);
  if (Object.keys(query).length !== 1)
    throw invalidOption("query", "it must have one of seq, lastBySubject and nextBySubject");
  const { seq, lastBySubject, nextBySubject } = query;
  const start = startOf(startSeq, startTime);
  if (nextBySubject !== undefined) return { ...start, next_by_subj: nextBySubject };
  if (start !== undefined) throw invalidOption("query", "startSeq and startTime need nextBySubject");
  return seq === undefined ? { last_by_subj: lastBySubject! } : { seq };
}

import { aSignal, type Checks, checkOptions, invalidOption, milliseconds } from "../../core/checks.ts";
import type { Connection } from "../../core/connection/connection.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { aName } from "../names.ts";
import { Answers } from "./answers.ts";
import { type Verb, verbSubject } from "./wire.ts";

/** Options of a discovery: which services are asked, and for how long answers are awaited. */
export interface DiscoveryOptions {
  /** Asks only services of this name. */
  readonly name?: string;
  /** Asks only this instance; needs the name. */
  readonly id?: string;
  /** Milliseconds that the loop waits in all. @default 5000 */
  readonly maxWait?: number;
  /** Milliseconds without a further answer, after the first one, that end the loop. @default 300 */
  readonly stall?: number;
  /** Ends the loop with an `ABORTED` error. */
  readonly signal?: AbortSignal;
}

const DEFAULT_MAX_WAIT = 5000;
const DEFAULT_STALL = 300;

const DISCOVERY: Checks<DiscoveryOptions> = {
  name: aName,
  id: aName,
  maxWait: milliseconds,
  stall: milliseconds,
  signal: aSignal,
};

const FORMER_NAMES = {
  strategy: '"maxWait" and "stall"',
  jitter: '"stall"',
  maxMessages: "nothing: leave the loop",
};

/** Asks services when the loop begins. Throws `INVALID_OPTION`. */
export function discover<T>(
  connection: Connection,
  prefix: string,
  verb: Verb,
  given: DiscoveryOptions,
  read: (answer: unknown) => T,
): AsyncSequence<T> {
  const { name, id, ...limits } = checkOptions(given, DISCOVERY, undefined, FORMER_NAMES);
  if (id !== undefined && name === undefined) throw invalidOption("id", 'it needs a "name"');
  const subject = verbSubject(prefix, verb, name, id);
  const responses = connection.requestMany(subject, undefined, {
    maxWait: DEFAULT_MAX_WAIT,
    stall: DEFAULT_STALL,
    ...limits,
  });
  return new Answers(responses, { subject, read, report: (error) => connection.foundation.report(error) });
}

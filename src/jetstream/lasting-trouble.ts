import type { NatsError } from "../core/errors.ts";
import { JetStreamError, type JetStreamErrorFacts } from "./errors.ts";
import type { FailureRow } from "./retries.ts";

/** Milliseconds. A shorter row of failures is an outage, which passes. */
const PATIENCE = 5000;

/** Finds the one failure of a row that is told to an application that listens to none. */
export class LastingTrouble {
  #isTold = false;

  /** Whether the row has lasted for long, and was not told before. */
  isNews({ count, duration }: FailureRow): boolean {
    if (count === 1) this.#isTold = false;
    if (this.#isTold || duration < PATIENCE) return false;
    this.#isTold = true;
    return true;
  }
}

/** `what` begins the sentence, as in "reading the stream …". */
export function stillFailing(
  what: string,
  cause: NatsError,
  { count, duration }: FailureRow,
  facts: JetStreamErrorFacts = {},
): JetStreamError {
  const seconds = Math.round(duration / 1000);
  const text = `${what} has failed ${count} times in ${seconds} s, and is tried again: ${cause.message}`;
  return new JetStreamError("RETRYING", text, { ...facts, cause, retryable: true });
}

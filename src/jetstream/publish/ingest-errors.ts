import { TimeoutError } from "../../core/errors.ts";
import { JetStreamError, type JetStreamErrorFacts } from "../errors.ts";

/** It ended before it was committed, or not all of it is stored. */
export function ingestEnded(reason: string, acked: number, facts: JetStreamErrorFacts): JetStreamError {
  const text = `the ingest has ended: ${reason}. Messages up to number ${acked} are stored`;
  return new JetStreamError("INGEST_ENDED", text, { sent: true, retryable: true, ...facts });
}

/** The server has not said a word for so many milliseconds, though it was asked. */
export function ingestSilent(subject: string, timeout: number, acked: number): TimeoutError {
  const text = `the ingest to "${subject}" heard nothing for ${timeout} ms`;
  const known = `messages up to number ${acked} are stored, those after it may be`;
  return new TimeoutError(`${text}: ${known}`, { subject, elapsed: timeout, sent: true });
}

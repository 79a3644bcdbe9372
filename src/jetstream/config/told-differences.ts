import { JetStreamError } from "../errors.ts";
import type { Difference } from "./diff.ts";

/** The server's error that a stream or consumer exists, with the fields that differ, and with what helps. */
export function tellDifferences(error: JetStreamError, differences: readonly Difference[]): JetStreamError {
  const { code, message, subject, stream, consumer, status, errCode, errName } = error;
  const fields = differences.map(({ name }) => name);
  const facts = { subject, stream, consumer, errCode, errName, ...(status === undefined ? {} : { status }) };
  const text = `${message}${differ(fields)}; createOrUpdate() changes it, get() takes it as it is`;
  return new JetStreamError(code, text, { ...facts, fields });
}

/** A part of an error's text that names the fields; empty if no known field differs. */
export function differ(fields: readonly string[]): string {
  return fields.length === 0 ? "" : `: ${fields.join(", ")} ${fields.length === 1 ? "differs" : "differ"}`;
}

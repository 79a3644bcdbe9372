import { ArgumentError } from "../../core/errors.ts";
import { isBytes } from "../../core/is-bytes.ts";
import type { Payload } from "../../core/message.ts";
import { kindOfPayload } from "../../core/outbound/payload.ts";
import { json } from "../../core/values/codecs.ts";
import type { Schema } from "../../core/values/schema.ts";
import { writeValue } from "../../core/values/values.ts";

const JSON_CODEC = json();

/**
 * The payload for what a handler returned. A schema writes it; without one text, bytes and nothing stay as they are, and all else
 * becomes JSON. `subject` is that of the endpoint; undefined for the data of a `ServiceError`, which knows none. Throws
 * `INVALID_VALUE` or `INVALID_PAYLOAD`.
 */
export function payloadOf(schema: Schema | undefined, answer: unknown, subject?: string): Payload {
  if (schema !== undefined) return writeValue(schema, answer as never, { subject });
  if (answer === undefined || typeof answer === "string" || isBytes(answer)) return answer;
  // As JSON these would be "{}", and their content would be lost in silence.
  if (isContainer(answer)) throw wrongAnswer(subject, `can't be ${kindOfPayload(answer)}`);
  if (isStream(answer))
    throw wrongAnswer(subject, "is one message, not a stream, a loop or a Response: collect it first");
  return writeValue(JSON_CODEC, answer, { subject });
}

function wrongAnswer(subject: string | undefined, reason: string): ArgumentError {
  const what = subject === undefined ? "the data of a ServiceError" : `the answer of "${subject}"`;
  return new ArgumentError("INVALID_PAYLOAD", `${what} ${reason}`, { subject });
}

function isContainer(answer: unknown): boolean {
  return (
    ArrayBuffer.isView(answer) ||
    answer instanceof ArrayBuffer ||
    answer instanceof Map ||
    answer instanceof Set ||
    answer instanceof Blob
  );
}

/** Whether it is read in parts, as a stream or the `Response` of `fetch()` is. */
function isStream(answer: unknown): boolean {
  if (typeof answer !== "object" || answer === null) return false;
  return Symbol.asyncIterator in answer || typeof (answer as Partial<Response>).arrayBuffer === "function";
}

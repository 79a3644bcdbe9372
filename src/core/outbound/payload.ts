import { ArgumentError } from "../errors.ts";
import { isBytes } from "../is-bytes.ts";
import type { Payload } from "../message.ts";

/** Throws `INVALID_PAYLOAD`, which says what was given and what to do. `subject` may be made for the error alone. */
export function checkPayload(payload: Payload, subject: string | (() => string)): void {
  if (payload === undefined || typeof payload === "string") return;
  if (isBytes(payload)) {
    if (payload.length > 0 || !isDetached(payload.buffer)) return;
    throw invalid(
      "the payload's memory is gone, for its buffer was transferred: publish before, or a copy",
      subject,
    );
  }
  throw invalid(
    `the payload must be a string, a Uint8Array or undefined, not ${kindOfPayload(payload)}`,
    subject,
  );
}

function invalid(message: string, subject: string | (() => string)): ArgumentError {
  const name = typeof subject === "string" ? subject : subject();
  return new ArgumentError("INVALID_PAYLOAD", message, { subject: name, argument: "data" });
}

/** Whether a buffer was transferred. An array of it looks empty, and would be sent as such. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    // Not every runtime has `detached`; that nothing can be made of it holds everywhere.
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}

/** What was given that is no payload, and what was probably meant: "an object: use …". */
export function kindOfPayload(given: unknown): string {
  if (given === null) return "null: to send nothing, leave it out";
  if (typeof given === "function") return "a function";
  if (typeof given !== "object") return `a ${typeof given}: use String(value)`;
  if (typeof (given as Partial<PromiseLike<unknown>>).then === "function") return "a promise: forgot await?";
  const name = Object.prototype.toString.call(given).slice("[object ".length, -1);
  if (ArrayBuffer.isView(given)) {
    return `a ${name}: use new Uint8Array(value.buffer, value.byteOffset, value.byteLength)`;
  }
  return DESCRIPTIONS[name] ?? "an object: use JSON.stringify(value)";
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  ArrayBuffer: "an ArrayBuffer: use new Uint8Array(value)",
  SharedArrayBuffer: "a SharedArrayBuffer: use new Uint8Array(value)",
  Array: "an array: use JSON.stringify(value), or Uint8Array.from(value) for bytes",
  Date: "a Date: use value.toISOString()",
  Blob: "a Blob: use new Uint8Array(await value.arrayBuffer())",
  File: "a File: use new Uint8Array(await value.arrayBuffer())",
  Map: "a Map: use JSON.stringify([...value])",
  Set: "a Set: use JSON.stringify([...value])",
};

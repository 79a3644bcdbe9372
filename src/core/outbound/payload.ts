import { ArgumentError } from "../errors.ts";
import type { Payload } from "../message.ts";

/** Throws `INVALID_PAYLOAD`, which says what was given and what to do. `subject` may be made for the error alone. */
export function checkPayload(payload: Payload, subject: string | (() => string)): void {
  if (payload === undefined || typeof payload === "string" || payload instanceof Uint8Array) return;
  if (isUint8Array(payload)) return;
  const name = typeof subject === "string" ? subject : subject();
  const message = `the payload must be a string, a Uint8Array or undefined, not ${describe(payload)}`;
  throw new ArgumentError("INVALID_PAYLOAD", message, { subject: name, argument: "data" });
}

/** Also one of another realm: of a `vm` context, a frame, a test environment. */
function isUint8Array(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Partial<Uint8Array>)[Symbol.toStringTag] === "Uint8Array";
}

/** What was given, and what its sender probably meant. */
function describe(given: unknown): string {
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

import { Violation } from "./violation.ts";

/** The document that follows CONNECT or INFO; `null` counts as an empty one, as Go reads it. */
export function readObject(json: Uint8Array): object {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw new Violation("Protocol Violation");
  }
  if (said === null) return {};
  if (typeof said !== "object" || Array.isArray(said)) throw new Violation("Protocol Violation");
  return said;
}

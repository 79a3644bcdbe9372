import type { Payload } from "../core/message.ts";

/** The bytes of a payload, as the server stores them. */
export function payloadBytes(payload: Payload): Uint8Array {
  if (typeof payload === "string") return new TextEncoder().encode(payload);
  return payload ?? new Uint8Array();
}

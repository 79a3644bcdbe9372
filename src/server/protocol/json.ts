import { Violation } from "./violation.ts";

// Go takes a byte order mark for a mistake.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The document that follows CONNECT or INFO, as text that is an object; `null` counts as an empty one, as Go reads it. */
export function readObjectText(json: Uint8Array): string {
  const text = decoder.decode(json);
  const said = parse(text);
  if (said === null) return "{}";
  if (typeof said !== "object" || Array.isArray(said)) throw new Violation("Protocol Violation");
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Violation("Protocol Violation");
  }
}

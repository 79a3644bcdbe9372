import { ProtocolError } from "../errors.ts";
import { readText } from "./text.ts";

/** A line without an end is given up here; only INFO of a very large cluster comes anywhere near. */
export const MAX_LINE: number = 1024 * 1024;

export function lineTooLong(): ProtocolError {
  return new ProtocolError(
    "LINE_TOO_LONG",
    `the server sent more than ${MAX_LINE} bytes without ending a line`,
  );
}

export function malformed(bytes: Uint8Array, start: number, lineEnd: number, reason: string): ProtocolError {
  const line = readText(bytes, start, Math.min(lineEnd, start + 64)).trimEnd();
  return new ProtocolError("MALFORMED_OPERATION", `malformed operation ${JSON.stringify(line)}: ${reason}`);
}

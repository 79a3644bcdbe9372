import { fromByteString, toByteString } from "./bytes.ts";

/** As Go's `%q` writes a string. */
export function quoted(bytes: string): string {
  return toByteString(JSON.stringify(fromByteString(bytes)));
}

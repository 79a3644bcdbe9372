import { fromBase64Url, toBase64Url } from "../../core/base64-url.ts";

const ALGORITHM = "SHA-256=";

// OBJ-04
/** A digest as it is written: `SHA-256=` and padded base64 of the URL alphabet. */
export function digestText(digest: Uint8Array): string {
  return ALGORITHM + toBase64Url(digest);
}

/**
 * Whether a text that some client wrote is this digest: with the algorithm in any case, in either alphabet, padded or not.
 * Undefined if it is no SHA-256 at all.
 */
export function saysDigest(text: string, digest: Uint8Array): boolean | undefined {
  if (text.slice(0, ALGORITHM.length).toUpperCase() !== ALGORITHM) return undefined;
  const bytes = fromBase64Url(text.slice(ALGORITHM.length));
  if (bytes?.length !== digest.length) return undefined;
  return bytes.every((byte, i) => byte === digest[i]);
}

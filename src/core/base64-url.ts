/** Base64 with `-` and `_`, padded: what names of objects, digests and coded keys are written in. */
export function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_");
}

/** Undefined for what is no base64. Takes both alphabets, padded or not. */
export function fromBase64Url(text: string): Uint8Array | undefined {
  let binary: string;
  try {
    binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** As {@link toBase64Url}, of the UTF-8 of a text. */
export function textToBase64Url(text: string): string {
  return toBase64Url(new TextEncoder().encode(text));
}

/** Undefined for what is no base64 of UTF-8. */
export function textFromBase64Url(encoded: string): string | undefined {
  const bytes = fromBase64Url(encoded);
  try {
    return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

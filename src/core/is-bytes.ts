/** Whether it is a Uint8Array, `Buffer` included, also one of another realm: of a `vm` context, a frame, a test environment. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || isOfAnotherRealm(value);
}

function isOfAnotherRealm(value: unknown): boolean {
  return ArrayBuffer.isView(value) && (value as Partial<Uint8Array>)[Symbol.toStringTag] === "Uint8Array";
}

import { createHash } from "node:crypto";

/** What an object of a size has in it, for all clients. @param {number} size */
export function filling(size) {
  return Uint8Array.from({ length: size }, (_, i) => i % 251);
}

/** @param {Uint8Array} data */
export function sumOf(data) {
  return { size: data.length, sha256: createHash("sha256").update(data).digest("hex") };
}

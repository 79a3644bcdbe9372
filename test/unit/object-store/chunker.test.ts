import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Chunker } from "../../../src/object-store/put/chunker.ts";

function chunksOf(pieces: readonly Uint8Array[], size: number): Uint8Array[] {
  const chunker = new Chunker(size);
  const chunks: Uint8Array[] = [];
  for (const piece of pieces) for (const chunk of chunker.add(piece)) chunks.push(chunk.slice());
  const rest = chunker.rest();
  if (rest !== undefined) chunks.push(rest.slice());
  return chunks;
}

describe("chunks", () => {
  it("[OBJ-05] are of one size but for the last, and all bytes in order, however these come", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 30 }), (given, size) => {
        const all = Buffer.concat(given);
        const chunks = chunksOf(given, size);
        expect(Buffer.concat(chunks).equals(all)).toBe(true);
        expect(chunks.length).toBe(Math.ceil(all.length / size));
        expect(chunks.slice(0, -1).every(({ length }) => length === size)).toBe(true);
        expect(chunks.every(({ length }) => length > 0)).toBe(true);
      }),
    );
  });

  it("[OBJ-05] that lie whole in a piece are not copied", () => {
    const piece = new Uint8Array(20);
    const [first, second] = [...new Chunker(10).add(piece)];
    expect(first?.buffer).toBe(piece.buffer);
    expect(second?.byteOffset).toBe(10);
  });
});

import { describe, expect, it, vi } from "vitest";
import { Inbound } from "../../../src/transport/inbound.ts";
import { ReadBuffer } from "../../../src/transport/read-buffer.ts";

const KIB = 1024;

describe("the memory that a socket reads into", () => {
  it("is given once, and then used again", () => {
    const memory = new ReadBuffer();
    expect(memory.next()).toHaveLength(64 * KIB);
    for (const copied of [0, 1, 64 * KIB - 1]) {
      memory.onRead(copied);
      expect(memory.next()).toBeUndefined();
    }
  });

  it("is larger while messages come that are larger than a read", () => {
    const memory = new ReadBuffer();
    memory.next();
    memory.onRead(64 * KIB);
    expect(memory.next()).toHaveLength(512 * KIB);
    for (let i = 0; i < 100; i++) {
      // Now and then a read has little.
      memory.onRead(i % 10 === 0 ? 512 * KIB : 100);
      expect(memory.next()).toBeUndefined();
    }
    for (let i = 0; i < 7; i++) memory.onRead(0);
    expect(memory.next()).toHaveLength(64 * KIB);
  });

  it("is small again with the first read that has little a while later", () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(5000);
    try {
      const memory = new ReadBuffer();
      memory.onRead(64 * KIB);
      expect(memory.next()).toHaveLength(512 * KIB);
      memory.onRead(0);
      expect(memory.next()).toBeUndefined();
      now.mockReturnValue(6001);
      memory.onRead(512 * KIB);
      memory.onRead(0);
      expect(memory.next()).toBeUndefined();
      now.mockReturnValue(7002);
      memory.onRead(0);
      expect(memory.next()).toHaveLength(64 * KIB);
    } finally {
      now.mockRestore();
    }
  });
});

describe("what was read into memory that is lent", () => {
  const lent = Uint8Array.from({ length: 300 * KIB }, (_, i) => i % 251);

  it("comes in chunks of 64 KiB at most, each with memory of its own", () => {
    const inbound = new Inbound();
    const chunks: Uint8Array[] = [];
    inbound.listen({
      onData: (chunk) => void chunks.push(chunk),
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    const read = lent.slice();
    expect(inbound.pushLent(read)).toBe(0);
    read.fill(0);
    expect(Buffer.concat(chunks).equals(lent)).toBe(true);
    expect(Math.max(...chunks.map(({ buffer }) => buffer.byteLength))).toBe(64 * KIB);
  });

  it("is copied by whoever has a place for it, as far as that goes", () => {
    const inbound = new Inbound();
    const seen: Uint8Array[] = [];
    inbound.listen({
      copyFrom: (piece) => {
        const taken = piece.length === 64 * KIB ? piece.length : 1000;
        seen.push(piece.slice(0, taken));
        return taken;
      },
      onData: (chunk) => void seen.push(chunk),
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    expect(inbound.pushLent(lent)).toBe(4 * 64 * KIB + 1000);
    expect(Buffer.concat(seen).equals(lent)).toBe(true);
  });

  it("is not kept once nobody will listen any more", () => {
    const inbound = new Inbound();
    inbound.push(lent.slice());
    inbound.stop();
    inbound.push(lent.slice());
    expect(inbound.pushLent(lent)).toBe(0);
    const chunks: Uint8Array[] = [];
    inbound.listen({
      onData: (chunk) => void chunks.push(chunk),
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    expect(chunks).toEqual([]);
  });

  it("is heard though all of it goes into the memory of a message", () => {
    const inbound = new Inbound();
    inbound.listen({
      copyFrom: (piece) => piece.length,
      onData: () => undefined,
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    inbound.pushLent(lent);
    expect(inbound.hasHeard).toBe(true);
  });

  it("waits for whoever listens first", () => {
    const inbound = new Inbound();
    inbound.pushLent(lent);
    const chunks: Uint8Array[] = [];
    inbound.listen({
      onData: (chunk) => void chunks.push(chunk),
      onDrain: () => undefined,
      onClose: () => undefined,
    });
    expect(Buffer.concat(chunks).equals(lent)).toBe(true);
    expect(inbound.hasHeard).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeMessage } from "../../../../src/index.ts";
import { HeldChunks } from "../../../../src/jetstream/backup/held-chunks.ts";

/** Chunks as a server numbers them, and the numbers of those that were acked. */
function newServer() {
  const acked: number[] = [];
  const chunk = (index: number, size = 4) => {
    const data = new Uint8Array(size);
    const reply = `$JS.SNAPSHOT.ACK.S.id.${size}.${index}`;
    return makeMessage({ subject: "inbox", data, reply, respond: () => void acked.push(index) });
  };
  return { acked, chunk };
}

describe("[JS-STR-37] chunks that wait for the reader of a backup", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are acked when they are taken", () => {
    const { acked, chunk } = newServer();
    const held = new HeldChunks();
    for (const index of [1, 2]) expect(held.add(chunk(index))).toBe(true);
    expect(acked).toEqual([]);
    expect(held.take()?.length).toBe(4);
    expect(acked).toEqual([1]);
    held.take();
    expect(acked).toEqual([1, 2]);
    expect(held.take()).toBeUndefined();
    expect(held.isEmpty).toBe(true);
    held.drop();
  });

  it("are acked one by one while none is taken, once each", () => {
    const { acked, chunk } = newServer();
    const held = new HeldChunks();
    for (const index of [1, 2, 3]) held.add(chunk(index));
    vi.advanceTimersByTime(4900);
    expect(acked).toEqual([1, 2]);
    while (held.take() !== undefined) continue;
    expect(acked).toEqual([1, 2, 3]);
    held.drop();
  });

  it("are not acked any more when too much waits, until some is taken", () => {
    const { acked, chunk } = newServer();
    const held = new HeldChunks();
    const size = 1024 * 1024;
    for (let index = 1; index <= 65; index++) held.add(chunk(index, size));
    vi.advanceTimersByTime(60_000);
    expect(acked).toEqual([]);
    held.take();
    vi.advanceTimersByTime(2000);
    expect(acked).toEqual([1, 2]);
    held.drop();
  });

  it("want no acks after the end", () => {
    const { acked, chunk } = newServer();
    const held = new HeldChunks();
    for (const index of [1, 2]) held.add(chunk(index));
    held.stopAcking();
    vi.advanceTimersByTime(10_000);
    while (held.take() !== undefined) continue;
    expect(acked).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are not taken where one is missing; the last one has no number", () => {
    const { chunk } = newServer();
    const held = new HeldChunks();
    expect(held.add(chunk(1))).toBe(true);
    expect(held.add(chunk(3))).toBe(false);
    const whole = new HeldChunks();
    expect(whole.add(chunk(1))).toBe(true);
    expect(whole.add(makeMessage({ subject: "inbox", data: "x" }))).toBe(true);
    held.drop();
    whole.drop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

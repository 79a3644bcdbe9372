import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { headers } from "../../../src/index.ts";
import { type HeldValue, type PutFacts, type RemovalFacts, Replica } from "../../../src/kv/view/replica.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);
const put = (key: string, revision: number, value = `${key}${revision}`): PutFacts => ({
  key,
  revision,
  created: revision,
  headers: undefined,
  data: bytes(value),
});

let told: string[];
let replica: Replica;
const valueOf = (key: string): string | undefined => {
  const held = replica.get(key);
  return held === undefined ? undefined : text(replica.data(held));
};

beforeEach(() => {
  told = [];
  replica = new Replica((key: string, before: HeldValue | undefined, removal: RemovalFacts | undefined) => {
    told.push(`${key}: ${before?.revision ?? "-"} to ${removal === undefined ? "a value" : "nothing"}`);
  });
});

describe("a replica", () => {
  it("[KV-16] has what the watch tells, and says what changes", () => {
    replica.put(put("a", 1));
    replica.put(put("a", 2));
    replica.remove({ key: "a", revision: 3 });
    replica.remove({ key: "b", revision: 4 });
    expect(told).toEqual(["a: - to a value", "a: 1 to a value", "a: 2 to nothing"]);
    expect(replica).toMatchObject({ size: 0, bytes: 0, position: 4 });
  });

  it("[KV-16] has what we wrote before the watch tells, and is not turned back by it", () => {
    replica.put(put("a", 1));
    replica.wrote(put("a", 4));
    expect(valueOf("a")).toBe("a4");
    expect(replica.position).toBe(1);
    replica.put(put("a", 2));
    replica.remove({ key: "a", revision: 3 });
    expect(valueOf("a")).toBe("a4");
    replica.put({ ...put("a", 4), created: 40 });
    expect(replica.get("a")?.created).toBe(40);
    expect(told).toEqual(["a: - to a value", "a: 1 to a value"]);
    replica.put(put("a", 5));
    expect(valueOf("a")).toBe("a5");
  });

  it("[KV-16] does not bring back what we removed", () => {
    replica.put(put("a", 1));
    replica.unwrote({ key: "a", revision: 5 });
    replica.put(put("a", 3));
    replica.wrote(put("a", 4));
    expect(valueOf("a")).toBeUndefined();
    replica.remove({ key: "a", revision: 5 });
    replica.put(put("a", 6));
    expect(valueOf("a")).toBe("a6");
  });

  it("[KV-16] passes over a write of ours that the watch was quicker to tell", () => {
    replica.put(put("a", 3));
    replica.remove({ key: "a", revision: 4 });
    replica.wrote(put("a", 3));
    replica.unwrote({ key: "b", revision: 2 });
    expect(valueOf("a")).toBeUndefined();
    replica.put(put("b", 5));
    expect(valueOf("b")).toBe("b5");
  });

  it("[KV-16] lets go what went without a word", () => {
    for (const revision of [1, 2, 3]) replica.put(put(`k${revision}`, revision));
    for (const revision of [1, 2]) replica.lose({ key: `k${revision}`, revision });
    expect([...replica.entries()].map(([key]) => key)).toEqual(["k3"]);
    replica.lose({ key: "k3", revision: 2 });
    expect(replica.size).toBe(1);
    replica.lose({ key: "k3", revision: 3 });
    expect(replica).toMatchObject({ size: 0, bytes: 0 });
  });

  it("[KV-16] counts its bytes: keys, values, headers and something for each", () => {
    replica.put({ ...put("key", 1, "value"), headers: headers({ by: "joe" }) });
    expect(replica.bytes).toBe(3 + 5 + 5 + 128);
    replica.put(put("key", 2, ""));
    expect(replica.bytes).toBe(3 + 128);
  });

  it("[KV-16] comes to what the stream has, whatever we hear first", () => {
    const write = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      isPut: fc.boolean(),
      isOurs: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), fc.infiniteStream(fc.boolean()), (writes, order) => {
        const replica = new Replica(() => undefined);
        const last = new Map<string, number>();
        let heard = 0;
        const hear = (until: number): void => {
          for (; heard < until; heard++) {
            const { key, isPut } = writes[heard]!;
            if (isPut) replica.put(put(key, heard + 1));
            else replica.remove({ key, revision: heard + 1 });
          }
        };
        for (const [i, { key, isPut, isOurs }] of writes.entries()) {
          const revision = i + 1;
          if (isPut) last.set(key, revision);
          else last.delete(key);
          if (isOurs && isPut) replica.wrote(put(key, revision));
          else if (isOurs) replica.unwrote({ key, revision });
          if (isOurs) expect(replica.get(key)?.revision).toBe(last.get(key));
          if (order.next().value === true) hear(revision);
        }
        hear(writes.length);
        expect(new Map([...replica.entries()].map(([key, held]) => [key, held.revision]))).toEqual(last);
      }),
    );
  });

  it("[KV-16] brings nothing back that was on its way when the leader had nothing up to there any more", () => {
    replica.put(put("a", 1));
    replica.unwrote({ key: "a", revision: 3 });
    replica.advance(5);
    replica.put(put("a", 2));
    expect(told).toEqual(["a: - to a value", "a: 1 to nothing"]);
    expect(replica).toMatchObject({ size: 0, position: 5 });
  });

  it("[KV-16] takes a word of the watch in no time though we removed very many keys ahead of it", () => {
    const count = 100_000;
    for (let i = 0; i < count; i++) replica.unwrote({ key: `k${i}`, revision: count + i });
    for (let i = 0; i < count; i++) replica.put(put(`k${i}`, i));
    expect(replica.size).toBe(0);
  });
});

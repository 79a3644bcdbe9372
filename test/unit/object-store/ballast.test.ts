import { constants, PerformanceObserver } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { Ballast } from "../../../src/object-store/ballast.ts";

const MEBI = 1024 * 1024;

/** What is told of a collection. */
interface Collection {
  readonly detail: { readonly kind: number };
}

/** How many collections of young objects there are while `work` is done. */
async function scavengesOf(work: () => void): Promise<number> {
  let count = 0;
  const told = (entries: readonly unknown[]): void => {
    for (const { detail } of entries as readonly Collection[])
      if (detail.kind === constants.NODE_PERFORMANCE_GC_MINOR) count++;
  };
  const observer = new PerformanceObserver((list) => told(list.getEntries()));
  observer.observe({ entryTypes: ["gc"] });
  work();
  // They are told in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  told(observer.takeRecords());
  observer.disconnect();
  return count;
}

describe("ballast", () => {
  it("[OBJ-07] makes V8 collect young objects in step with the memory that comes", async () => {
    const count = await scavengesOf(() => {
      const ballast = new Ballast();
      for (let i = 0; i < 150; i++) ballast.add(new Uint8Array(MEBI));
    });
    expect(count).toBeGreaterThanOrEqual(2);
  });

  it("[OBJ-03] counts the same memory once, and of a large piece a part", async () => {
    const piece = new Uint8Array(64 * MEBI);
    const count = await scavengesOf(() => {
      const ballast = new Ballast();
      for (let i = 0; i < 1_000; i++) ballast.add(piece.subarray(i));
    });
    expect(count).toBeLessThanOrEqual(1);
  });
});

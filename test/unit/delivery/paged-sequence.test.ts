import { describe, expect, it } from "vitest";
import { PagedSequence } from "../../../src/core/delivery/paged-sequence.ts";

/** A sequence of these pages, how many of them were fetched, and how often it was said that no more are. */
function pagesOf(...pages: readonly (readonly number[] | Error)[]) {
  const fetched = { count: 0, left: 0 };
  const nextPage = async (): Promise<readonly number[] | undefined> => {
    const page = pages[fetched.count++];
    if (page instanceof Error) throw page;
    return await Promise.resolve(page);
  };
  const sequence = new PagedSequence<number>(nextPage, () => fetched.left++);
  return { sequence, fetched };
}

describe("a paged sequence", () => {
  it("hands out all pages, also after an empty one", async () => {
    const { sequence, fetched } = pagesOf([1, 2], [], [3]);
    expect(await sequence.toArray()).toEqual([1, 2, 3]);
    expect(await sequence.next()).toEqual({ value: undefined, done: true });
    expect(fetched).toEqual({ count: 4, left: 1 });
  });

  it("fetches the next page when the one before was taken", async () => {
    const { sequence, fetched } = pagesOf([1, 2], [3]);
    expect(fetched.count).toBe(0);
    await sequence.next();
    await sequence.next();
    expect(fetched.count).toBe(1);
    await sequence.next();
    expect(fetched.count).toBe(2);
  });

  it("gives readers who ask at the same time an item each, by one fetch a page", async () => {
    const { sequence, fetched } = pagesOf([1, 2], [3]);
    const results = await Promise.all([1, 2, 3, 4].map(() => sequence.next()));
    expect(results.map(({ value }) => value)).toEqual([1, 2, 3, undefined]);
    expect(fetched.count).toBe(3);
  });

  it("ends with a failure, and fetches no more", async () => {
    const { sequence, fetched } = pagesOf([1], new Error("broken"), [2]);
    await sequence.next();
    await expect(sequence.next()).rejects.toThrow("broken");
    expect((await sequence.next()).done).toBe(true);
    expect(fetched).toEqual({ count: 2, left: 1 });
  });

  it("ends when it is left, also while a page is on its way", async () => {
    const { sequence, fetched } = pagesOf([1, 2, 3], [4]);
    await sequence.next();
    await sequence.return();
    expect((await sequence.next()).done).toBe(true);
    await sequence.return();
    expect(fetched).toEqual({ count: 1, left: 1 });
    const other = pagesOf([1]).sequence;
    const waiting = other.next();
    await other[Symbol.asyncDispose]();
    expect((await waiting).done).toBe(true);
  });
});

import { describe, expect, test } from "vitest";
import type { ApiAnswer } from "../../../../src/jetstream/api/api.ts";
import { Pages } from "../../../../src/jetstream/api/pages.ts";
import { failure } from "../../../support/failure.ts";

const names = (page: ApiAnswer): readonly string[] => page["streams"] as string[];

/** Pages of a list that may change while it is read, and the offsets that were asked for. */
function paged(...pages: (ApiAnswer | Error)[]): { list: Pages<string>; asked: number[] } {
  const asked: number[] = [];
  const ask = (offset: number): Promise<ApiAnswer> => {
    asked.push(offset);
    const page = pages[asked.length - 1]!;
    return page instanceof Error ? Promise.reject(page) : Promise.resolve(page);
  };
  return { list: new Pages(ask, names, { subject: "STREAM.NAMES" }), asked };
}

async function all(list: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const name of list) found.push(name);
  return found;
}

describe("a paged list", () => {
  test("[JS-CTX-07] asks for a page once the one before is read", async () => {
    const { list, asked } = paged({ total: 3, streams: ["A", "B"] }, { total: 3, streams: ["C"] });
    expect(asked).toEqual([]);
    expect(await list.next()).toEqual({ value: "A", done: false });
    expect(await list.next()).toEqual({ value: "B", done: false });
    expect(asked).toEqual([0]);
    expect(await list.next()).toEqual({ value: "C", done: false });
    expect(await list.next()).toEqual({ value: undefined, done: true });
    expect(await list.next()).toEqual({ value: undefined, done: true });
    expect(asked).toEqual([0, 2]);
  });

  test.each<[string, ApiAnswer[], string[]]>([
    ["is empty", [{ total: 0, streams: [] }], []],
    ["has no total", [{ streams: ["A"] }], ["A"]],
    [
      "shrinks",
      [
        { total: 4, streams: ["A", "B"] },
        { total: 2, streams: [] },
      ],
      ["A", "B"],
    ],
    [
      "shrinks, and the total is told as before",
      [
        { total: 4, streams: ["A", "B"] },
        { total: 4, streams: [] },
      ],
      ["A", "B"],
    ],
    [
      "grows",
      [
        { total: 3, streams: ["A", "B"] },
        { total: 5, streams: ["C", "D"] },
        { total: 5, streams: ["E"] },
      ],
      ["A", "B", "C", "D", "E"],
    ],
  ])("[JS-CTX-07] ends if it %s", async (_what, pages, expected) => {
    const { list, asked } = paged(...pages);
    expect(await all(list)).toEqual(expected);
    expect(asked).toHaveLength(pages.length);
  });

  test("[JS-CTX-07] asks no more once its loop is left", async () => {
    const { list, asked } = paged({ total: 3, streams: ["A", "B"] }, { total: 3, streams: ["C"] });
    for await (const name of list) {
      expect(name).toBe("A");
      break;
    }
    expect(await list.next()).toEqual({ value: undefined, done: true });
    expect(asked).toEqual([0]);
  });

  test("asks for each page once, however many are asked for at a time", async () => {
    const { list, asked } = paged({ total: 3, streams: ["A", "B"] }, { total: 3, streams: ["C"] });
    const results = await Promise.all([1, 2, 3, 4].map(() => list.next()));
    expect(results.map(({ value }) => value)).toEqual(["A", "B", "C", undefined]);
    expect(asked).toEqual([0, 2]);
  });

  test("ends with the failure of a page, and with nothing after it", async () => {
    const { list } = paged({ total: 3, streams: ["A"] }, new Error("gone"));
    expect(await list.next()).toEqual({ value: "A", done: false });
    await expect(list.next()).rejects.toThrow("gone");
    expect(await list.next()).toEqual({ value: undefined, done: true });
  });

  test("[JS-CTX-07] hands out what there is, and ends with ASSET_OFFLINE, naming what was left out", async () => {
    const { list, asked } = paged(
      {
        total: 5,
        streams: ["A", "B"],
        missing: ["B", "X"],
        offline: { X: "unsupported - required API level: 9" },
      },
      { total: 5, streams: ["C", "D"] },
    );
    const found: string[] = [];
    const error = await failure(
      (async () => {
        for await (const name of list) found.push(name);
      })(),
    );
    expect(found).toEqual(["A", "C", "D"]);
    // B was left out as well as X: the page had three.
    expect(asked).toEqual([0, 3]);
    expect(error).toMatchObject({ code: "ASSET_OFFLINE", retryable: true });
    expect(error.message).toContain("B (no server answers for it), X (unsupported - required API level: 9)");
    expect(await list.next()).toEqual({ value: undefined, done: true });
  });

  test("can be disposed of before it began", async () => {
    const { list, asked } = paged({ total: 1, streams: ["A"] });
    await list[Symbol.asyncDispose]();
    expect(await all(list)).toEqual([]);
    expect(asked).toEqual([]);
  });

  describe("of names that come and go meanwhile", () => {
    /** A server's list, in pages of three. */
    function listOf(held: string[]): { list: Pages<string>; asked: number[] } {
      const asked: number[] = [];
      const ask = (offset: number): Promise<ApiAnswer> => {
        asked.push(offset);
        return Promise.resolve({ total: held.length, streams: held.slice(offset, offset + 3) });
      };
      return { list: new Pages(ask, names, { subject: "STREAM.NAMES" }, String), asked };
    }

    const LETTERS = "A B C D E F G H I J K".split(" ");

    test("[JS-CTX-07] gives each once", async () => {
      const { list, asked } = listOf(LETTERS);
      expect(await all(list)).toEqual(LETTERS);
      expect(asked).toEqual([0, 2, 4, 6, 8]);
    });

    test.each([1, 2, 3, 5, 11])("[JS-CTX-07] gives those that stay if the first %i go", async (count) => {
      const held = [...LETTERS];
      const { list } = listOf(held);
      const found: string[] = [];
      for await (const name of list) {
        found.push(name);
        if (found.length === 3) held.splice(0, count);
      }
      for (const name of held) expect(found.filter((one) => one === name)).toEqual([name]);
    });

    test("[JS-CTX-07] gives all if each is removed by whoever reads it", async () => {
      const held = [...LETTERS];
      const { list } = listOf(held);
      const found: string[] = [];
      for await (const name of list) {
        found.push(name);
        held.splice(held.indexOf(name), 1);
      }
      expect(found).toEqual(LETTERS);
    });

    test("[JS-CTX-07] gives those that stay once if others are made before them", async () => {
      const held = [...LETTERS];
      const { list } = listOf(held);
      const found: string[] = [];
      for await (const name of list) {
        found.push(name);
        if (found.length < 8) held.unshift(`0${9 - found.length}`);
      }
      for (const name of LETTERS) expect(found.filter((one) => one === name)).toEqual([name]);
      expect(new Set(found).size).toBe(found.length);
    });
  });
});

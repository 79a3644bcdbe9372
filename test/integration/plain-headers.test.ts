import { describe, expect, test } from "vitest";
import { connect, headers, type HeadersInit, type Message, type MessageHeaders } from "../../src/index.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

const INITS: [title: string, init: HeadersInit][] = [
  ["a plain object", { "X-Trace": "1", Accept: ["a", "b"] }],
  [
    "pairs",
    [
      ["X-Trace", "1"],
      ["Accept", "a"],
      ["Accept", "b"],
    ],
  ],
  ["a Map", new Map([["X-Trace", "1"]])],
  ["headers of fetch", new Headers({ "x-trace": "1" })],
  ["what headers() made", headers({ "X-Trace": "1" })],
];

/** `Accept: a` and so on, sorted. */
function sorted(given: MessageHeaders): string[] {
  return [...given].map(([name, value]) => `${name}: ${value}`.toLowerCase()).sort();
}

describe("headers may be", () => {
  test.each(INITS)("%s, wherever they go", async (_title, init) => {
    await using nc = await connect(access.url);
    const expected = sorted(headers(init));
    const seen: Message[] = [];
    const echo = (m: Message): void => {
      seen.push(m);
      m.respond("", { headers: init });
    };
    nc.subscribe("echo", { callback: echo });
    const sub = nc.subscribe("plain");
    nc.publish("plain", "", { headers: init });
    seen.push(await sub.next(), await nc.request("echo", "", { headers: init }));
    seen.push(await nc.request("echo", "", { headers: init, ownInbox: true }));
    for await (const m of nc.requestMany("echo", "", { headers: init, maxMessages: 1 })) seen.push(m);
    expect(seen).toHaveLength(7);
    for (const m of seen) expect(sorted(m.headers!)).toEqual(expected);
  });

  test("empty, which is as none", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("plain");
    nc.publish("plain", "", { headers: {} });
    expect((await sub.next()).headers).toBeUndefined();
  });

  test("refused by name where they can't be sent, before anything is written", async () => {
    await using nc = await connect(access.url);
    const wrong = { headers: { "X-Trace": 1 as unknown as string } };
    const expected = { code: "INVALID_HEADER", argument: "X-Trace" };
    expect(() => nc.publish("plain", "", wrong)).toThrow(expect.objectContaining(expected) as Error);
    await expect(nc.request("plain", "", wrong)).rejects.toMatchObject(expected);
    expect(nc.stats().outMessages).toBe(0);
  });
});

import { describe, expect, test } from "vitest";
import type { ConnectionEvent } from "../../../src/core/connection/events.ts";
import { LateWarnings } from "../../../src/core/connection/late-warnings.ts";
import { Warnings } from "../../../src/core/connection/warnings.ts";
import { ConnectionError, SubscriptionError } from "../../../src/core/errors.ts";
import type { Warning } from "../../../src/core/transport.ts";

const FAILURE = new ConnectionError("SERVER_ERROR", "the server says: no");
const LISTENER = new SubscriptionError("LISTENER_FAILED", "a listener failed");
const LOST = { messages: 3, bytes: 99 };

const EVENTS: readonly ConnectionEvent[] = [
  { type: "lameDuck", server: "ws://a" },
  { type: "error", error: FAILURE },
  { type: "leftBehind", server: "ws://a", error: undefined, unconfirmed: 1, dropped: 2 },
  {
    type: "disconnected",
    server: "ws://a",
    error: FAILURE,
    unsent: { messages: 0, bytes: 9 },
    unconfirmed: 0,
  },
  {
    type: "disconnected",
    server: "ws://b",
    error: FAILURE,
    unsent: { messages: 1, bytes: 9 },
    unconfirmed: 0,
  },
  {
    type: "disconnected",
    server: "ws://c",
    error: FAILURE,
    unsent: { messages: 0, bytes: 0 },
    unconfirmed: 2,
  },
  { type: "closed", error: FAILURE, lost: LOST },
];

/** What is warned of these events, and of a listener that failed, by code that can be loaded or can't. */
async function warnedOf(canLoad: boolean, events = EVENTS, isTold = false): Promise<Warning[]> {
  const warned: Warning[] = [];
  const code = {
    load: () => (canLoad ? Promise.resolve({ Warnings }) : Promise.reject(new Error("offline"))),
  };
  const warnings = new LateWarnings("page", (warning) => void warned.push(warning), code);
  warnings.onFailure(LISTENER);
  warnings.isEndAwaited = isTold;
  warnings.isLossReported = isTold;
  for (const event of events) warnings.onUnheard(event);
  await new Promise((resolve) => setImmediate(resolve));
  return warned;
}

describe("warnings whose code is loaded late", () => {
  test("are those that it would give at once", async () => {
    const expected: Warning[] = [];
    const warnings = new Warnings("page", (warning) => void expected.push(warning));
    warnings.onFailure(LISTENER);
    for (const event of EVENTS) warnings.onUnheard(event);
    expect(await warnedOf(true)).toEqual(expected);
    expect(expected.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["LISTENER_FAILED", "SERVER_ERROR", "LEFT_BEHIND", "UNCONFIRMED", "LOST"]),
    );
  });

  test("are given without it too", async () => {
    const warned = await warnedOf(false);
    expect(warned.map(({ code }) => code)).toEqual([
      "LISTENER_FAILED",
      "SERVER_ERROR",
      "LEFT_BEHIND",
      "UNCONFIRMED",
      "UNCONFIRMED",
      "SERVER_ERROR",
      "LOST",
    ]);
    expect(warned[1]!.message).toBe("the server says: no");
  });

  test.each([true, false])(
    "say nothing of an end whose reason was asked for, and of a loss that is reported (%s)",
    async (canLoad) => {
      const warned = await warnedOf(canLoad, EVENTS.slice(-1), true);
      expect(warned.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
    },
  );
});

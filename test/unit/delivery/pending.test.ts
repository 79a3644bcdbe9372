import { describe, expect, test } from "vitest";
import { type OnFull, Pending } from "../../../src/core/delivery/pending.ts";
import { aMessage, untold } from "../support/messages.ts";

function pendingOf(messages: number, bytes = Infinity, onFull: OnFull = "drop-new"): Pending {
  return new Pending({ messages, bytes, onFull }, untold);
}

/** Books with a limit of ten messages and a warning, and what they tell. */
function telling(warnAt?: number) {
  const told: unknown[] = [];
  const pending = new Pending(
    { messages: 10, bytes: Infinity, onFull: "drop-new", warnAt },
    {
      onFilling: () => told.push(`filling ${pending.messages}`),
      onSlowEnded: (dropped, _duration, reason) => told.push(`${reason} ${dropped}`),
    },
  );
  const add = (count: number): void => {
    for (let i = 0; i < count; i++) {
      if (pending.add(5)) continue;
      pending.dropped++;
      pending.beginEpisode();
    }
  };
  const complete = (count: number): void => {
    for (let i = 0; i < count; i++) pending.complete(one);
  };
  return { pending, told, add, complete };
}

const one = aMessage("12345");

describe("the books", () => {
  test("count messages and bytes of payload until their handling is over [MSGQ-03] [MSGQ-05]", () => {
    const pending = pendingOf(10);
    expect(pending.add(5)).toBe(true);
    expect(pending.add(3)).toBe(true);
    expect({ messages: pending.messages, bytes: pending.bytes }).toEqual({ messages: 2, bytes: 8 });
    pending.complete(one);
    expect({ messages: pending.messages, bytes: pending.bytes }).toEqual({ messages: 1, bytes: 3 });
    expect({ handled: pending.handled, dropped: pending.dropped }).toEqual({ handled: 1, dropped: 0 });
  });

  test("tell what was handled, dropped and forgotten apart", () => {
    const pending = pendingOf(10);
    for (let i = 0; i < 6; i++) pending.add(5);
    pending.complete(one);
    pending.drop(5);
    pending.drop(5);
    pending.forget({ messages: 1, bytes: 5 });
    expect(pending).toMatchObject({ messages: 2, bytes: 10, handled: 1, dropped: 2 });
  });

  test("have room for exactly the limit of messages [SLOW-01]", () => {
    const pending = pendingOf(3);
    expect([5, 5, 5, 5].map((size) => pending.add(size))).toEqual([true, true, true, false]);
    expect(pending.messages).toBe(3);
    pending.complete(one);
    expect(pending.add(5)).toBe(true);
  });

  test("have room for exactly the limit of bytes [SLOW-01]", () => {
    const pending = pendingOf(Infinity, 10);
    expect([5, 5, 0].map((size) => pending.add(size))).toEqual([true, true, true]);
    expect(pending.add(1)).toBe(false);
    expect(pending.bytes).toBe(10);
  });

  test("have no limit with Infinity [SLOW-08]", () => {
    const pending = pendingOf(Infinity, Infinity);
    for (let i = 0; i < 1000; i++) expect(pending.add(5)).toBe(true);
  });

  test("remember the most that waited, with the message that found no room [MSGQ-08]", () => {
    const pending = pendingOf(2);
    pending.add(5);
    pending.add(5);
    pending.add(7);
    pending.complete(one);
    expect({ messages: pending.maxMessages, bytes: pending.maxBytes }).toEqual({ messages: 3, bytes: 17 });
    pending.clearMaxima();
    expect({ messages: pending.maxMessages, bytes: pending.maxBytes }).toEqual({ messages: 0, bytes: 0 });
    pending.add(5);
    expect({ messages: pending.maxMessages, bytes: pending.maxBytes }).toEqual({ messages: 2, bytes: 10 });
  });
});

describe("a slow-consumer episode", () => {
  test("begins with the first drop and is told once [SLOW-04]", () => {
    const pending = pendingOf(4);
    expect([pending.beginEpisode(), pending.beginEpisode(), pending.beginEpisode()]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test("ends when half of the limit of messages is free again [SLOW-05]", () => {
    const pending = pendingOf(4);
    for (let i = 0; i < 4; i++) pending.add(5);
    pending.beginEpisode();
    pending.complete(one);
    expect(pending.beginEpisode()).toBe(false);
    pending.complete(one);
    expect(pending.beginEpisode()).toBe(true);
  });

  test("ends only when half of the limit of bytes is free too [SLOW-05]", () => {
    const pending = pendingOf(100, 20);
    const large = aMessage("x".repeat(11));
    pending.add(large.size);
    pending.add(5);
    pending.beginEpisode();
    pending.complete(one);
    expect(pending.beginEpisode()).toBe(false);
    pending.complete(large);
    expect(pending.beginEpisode()).toBe(true);
  });

  test("does not end when the oldest makes room for the newest [SLOW-04] [SLOW-05]", () => {
    // A limit of one message, as for the latest value only: each drop empties the queue for a moment.
    const pending = pendingOf(1, Infinity, "drop-old");
    let episodes = 0;
    pending.add(5);
    for (let i = 0; i < 5; i++) {
      expect(pending.add(5)).toBe(false);
      pending.drop(5);
      expect(pending.add(5)).toBe(true);
      if (pending.beginEpisode()) episodes++;
    }
    expect(episodes).toBe(1);
  });
});

describe("the end of an episode", () => {
  test("is told with what was dropped in it, when half of the limit is free again [SLOW-05]", () => {
    const { told, add, complete } = telling();
    add(13);
    complete(4);
    expect(told).toEqual([]);
    complete(1);
    expect(told).toEqual(["recovered 3"]);
    add(7);
    complete(10);
    expect(told).toEqual(["recovered 3", "recovered 2"]);
  });

  test("is told when nothing more comes, once", () => {
    const { pending, told, add, complete } = telling();
    pending.endEpisode("ended");
    add(11);
    pending.endEpisode("ended");
    pending.endEpisode("ended");
    complete(10);
    expect(told).toEqual(["ended 1"]);
  });
});

describe("a warning", () => {
  test("comes before anything is dropped, and once until half of that is handled", () => {
    const { told, add, complete } = telling(0.8);
    add(7);
    expect(told).toEqual([]);
    add(2);
    complete(4);
    add(3);
    expect(told).toEqual(["filling 8"]);
    complete(5);
    add(5);
    expect(told).toEqual(["filling 8", "filling 8"]);
  });

  test("may come with the last one for which there is room", () => {
    const { told, add } = telling(1);
    add(9);
    expect(told).toEqual([]);
    add(2);
    expect(told).toEqual(["filling 10"]);
  });

  test("is not repeated by an episode that ends above where it warns", () => {
    const { told, add, complete } = telling(0.2);
    add(11);
    complete(6);
    add(1);
    expect(told).toEqual(["filling 2", "recovered 1"]);
    complete(4);
    add(1);
    expect(told).toEqual(["filling 2", "recovered 1", "filling 2"]);
  });

  test("never comes without limits, and can be set later", () => {
    const pending = pendingOf(Infinity);
    let warnings = 0;
    const counting = new Pending(
      { messages: Infinity, bytes: Infinity, onFull: "drop-new", warnAt: 0.1 },
      { ...untold, onFilling: () => warnings++ },
    );
    for (let i = 0; i < 1000; i++) counting.add(1);
    expect(warnings).toBe(0);
    counting.limits = { ...pending.limits, messages: 2000, warnAt: 0.5 };
    counting.add(1);
    expect(warnings).toBe(1);
  });
});

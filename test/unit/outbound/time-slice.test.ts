import { expect, test, vi } from "vitest";
import { TimeSlice } from "../../../src/core/outbound/time-slice.ts";
import { turnEnds } from "../support/outbox.ts";

test("a loop of nothing but calls comes to the next turn of the event loop, again and again", async () => {
  const slice = new TimeSlice();
  const turned = { times: 0 };
  let counting = setImmediate(function count(): void {
    turned.times++;
    counting = setImmediate(count);
  });
  // Ends only if the event loop turns.
  while (turned.times < 5) await (slice.turn() ?? Promise.resolve());
  clearImmediate(counting);
});

test("a call in a turn of its own is never held up", async () => {
  const slice = new TimeSlice();
  for (let i = 0; i < 200; i++) {
    expect(slice.turn()).toBeUndefined();
    await turnEnds();
  }
});

test("a loop rests now and then where sockets are read only then", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  try {
    for (const needsRest of [true, false]) {
      const slice = new TimeSlice(needsRest);
      let rests = 0;
      for (let i = 0; i < 2000; i++) {
        const turn = slice.turn();
        if (vi.getTimerCount() > 0) {
          rests++;
          vi.runAllTimers();
        }
        await turn;
        // Each call may begin a slice.
        await turnEnds();
      }
      if (needsRest) expect(rests).toBeGreaterThan(1);
      else expect(rests).toBe(0);
    }
  } finally {
    vi.useRealTimers();
  }
});

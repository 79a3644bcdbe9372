import { describe, expect, test, vi } from "vitest";
import { PingQueue } from "../../../src/core/link/ping-queue.ts";
import { ConnectionError } from "../../../src/core/errors.ts";
import { latin1 } from "../support/bytes.ts";
import { useFakeTimers } from "../support/fake-timers.ts";

useFakeTimers();

/** A queue, what it sent, and which of the flushes of the test have ended how. */
function pings() {
  const sent: string[] = [];
  const ended: string[] = [];
  const queue = new PingQueue((command) => void sent.push(latin1(command)));
  const flush = (name: string, options = {}): void => {
    queue.flush(options).then(
      () => ended.push(name),
      (error: { code: string }) => ended.push(`${name}: ${error.code}`),
    );
  };
  return { queue, sent, ended, flush };
}

/** Lets promises be heard. */
const heard = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe("pings", () => {
  test("send a PING each [FLUSH-01]", () => {
    const { queue, sent, flush } = pings();
    flush("a");
    queue.keepAlive();
    expect(sent).toEqual(["PING\r\n", "PING\r\n"]);
  });

  test("are answered in the order in which they were sent, keep-alives among them [FLUSH-03]", async () => {
    const { queue, ended, flush } = pings();
    flush("a");
    queue.keepAlive();
    flush("b");
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a"]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a"]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a", "b"]);
  });

  test("are answered in time that does not depend on how many there are", () => {
    const { queue } = pings();
    for (let i = 0; i < 200_000; i++) queue.keepAlive();
    for (let i = 0; i < 200_000; i++) queue.onPong();
    expect(queue.length).toBe(0);
  });

  test("are owed while something is unconfirmed, unless one is under way", () => {
    let position = 0;
    const queue = new PingQueue(
      () => undefined,
      () => position,
    );
    expect(queue.isBehind).toBe(false);
    position = 5;
    expect(queue.isBehind).toBe(true);
    queue.keepAlive();
    position = 6;
    expect(queue.isBehind).toBe(false);
    queue.onPong();
    expect(queue.isBehind).toBe(true);
    queue.confirm(6);
    expect(queue.isBehind).toBe(false);
    position = 9;
    queue.startAt(9);
    expect(queue.isBehind).toBe(false);
  });

  test("keep their place when they have timed out: a late PONG is theirs [FLUSH-04] [SC-12]", async () => {
    const { queue, ended, flush } = pings();
    flush("a", { timeout: 50 });
    await vi.advanceTimersByTimeAsync(50);
    expect(ended).toEqual(["a: TIMEOUT"]);
    flush("b");
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a: TIMEOUT"]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a: TIMEOUT", "b"]);
  });

  test("keep their place when they were aborted [FLUSH-04]", async () => {
    const { queue, ended, flush } = pings();
    const controller = new AbortController();
    flush("a", { signal: controller.signal });
    flush("b");
    controller.abort();
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a: ABORTED"]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a: ABORTED", "b"]);
  });

  test("end with the link, and none waits for the next [FLUSH-06]", async () => {
    const { queue, ended, flush } = pings();
    flush("a");
    queue.keepAlive();
    flush("b");
    queue.fail(new ConnectionError("DISCONNECTED", "gone"));
    await heard();
    expect(ended).toEqual(["a: DISCONNECTED", "b: DISCONNECTED"]);
    flush("c");
    queue.onPong();
    await heard();
    expect(ended.at(-1)).toBe("c");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("are not disturbed by a PONG that nobody asked for [FLUSH-16]", async () => {
    const { queue, ended, flush } = pings();
    queue.onPong();
    flush("a");
    await heard();
    expect(ended).toEqual([]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a"]);
  });

  test("ask again on another link only for those who still wait", async () => {
    const { queue, sent, ended, flush } = pings();
    flush("a", { timeout: 50 });
    queue.keepAlive();
    flush("b");
    await vi.advanceTimersByTimeAsync(50);
    sent.length = 0;
    queue.resend();
    expect(sent).toEqual(["PING\r\n"]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a: TIMEOUT", "b"]);
  });

  test("ask again on another link what was not answered, and what that was asked before is answered first", async () => {
    const { queue, sent, ended, flush } = pings();
    const beside = pings();
    flush("a");
    queue.keepAlive();
    beside.flush("early");
    queue.resend();
    queue.takeOver(beside.queue);
    expect(sent).toEqual(["PING\r\n", "PING\r\n", "PING\r\n"]);
    queue.onPong();
    await heard();
    expect([ended, beside.ended]).toEqual([[], ["early"]]);
    queue.onPong();
    await heard();
    expect(ended).toEqual(["a"]);
  });
});

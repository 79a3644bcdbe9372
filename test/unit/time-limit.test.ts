import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { TimeLimit } from "../../src/core/time-limit.ts";
import { block } from "../support/blocked-loop.ts";
import { listen } from "../support/listen.ts";

/** Both ends of a connection. */
async function withSockets(body: (near: Socket, far: Socket) => Promise<void>): Promise<void> {
  const server = createServer();
  const near = connect(await listen(server), "127.0.0.1");
  const [far] = (await once(server, "connection")) as [Socket];
  try {
    await body(near, far);
  } finally {
    near.destroy();
    await once(near, "close");
    far.destroy();
    server.close();
  }
}

describe("a time limit", () => {
  test("is over once, and says by when everything was read", async () => {
    const begin = performance.now();
    const times: number[] = [];
    const limit = new TimeLimit((now) => times.push(now));
    limit.start(20);
    await expect.poll(() => times).toHaveLength(1);
    await sleep(50);
    expect(times).toHaveLength(1);
    expect(times[0]).toBeGreaterThan(begin);
    expect(times[0]).toBeLessThan(performance.now());
    expect(limit.isRunning).toBe(false);
  });

  test("lets what lies in a socket be read first, however long the process was blocked", async () => {
    await withSockets(async (near, far) => {
      const order: string[] = [];
      const isOver = new Promise<void>((resolve) => {
        const limit = new TimeLimit(() => {
          order.push("over");
          resolve();
        });
        limit.start(30);
      });
      near.on("data", () => order.push("read"));
      await nextTurn();
      far.write("x");
      block(35);
      await isOver;
      expect(order).toEqual(["read", "over"]);
    });
  });

  test("is longer by the time for which the process was blocked", async () => {
    await withSockets(async (near, far) => {
      const order: string[] = [];
      let trips = 0;
      // Several round trips, none of which can be had while the process is blocked.
      far.on("data", () => far.write("x"));
      near.on("data", () => {
        order.push("read");
        if (++trips < 5) near.write("x");
      });
      const isOver = new Promise<void>((resolve) => {
        const limit = new TimeLimit(() => {
          order.push("over");
          resolve();
        });
        limit.start(300);
      });
      near.write("x");
      block(600);
      await isOver;
      expect(order).toEqual(["read", "read", "read", "read", "read", "over"]);
    });
  });

  test("that is stopped is never over, nor one that is begun anew before its time", async () => {
    let isOver = false;
    const limit = new TimeLimit(() => (isOver = true));
    limit.start(10);
    limit.start(10_000);
    await sleep(40);
    expect(isOver).toBe(false);
    expect(limit.isRunning).toBe(true);
    limit.stop();
    expect(limit.isRunning).toBe(false);
    limit.start(10);
    // Its timer has run then, and the pass after it has not.
    const timersRan = new Promise<void>((resolve) => setTimeout(resolve, 10));
    block(12);
    await timersRan;
    limit.stop();
    await sleep(40);
    expect(isOver).toBe(false);
  });
});

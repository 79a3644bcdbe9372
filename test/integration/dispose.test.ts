import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type Subscription } from "../../src/index.ts";
import { publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { useServer, withServer } from "../support/nats-server.ts";

const access = useServer();

describe("leaving the block of `await using nc`", () => {
  test("drains: what was received is handled, what was published is sent", async () => {
    await using other = await connect(access.url);
    const out = other.subscribe("out", { max: 5 });
    await other.flush();
    let handled = 0;
    let left: Connection;
    {
      await using nc = await connect(access.url);
      left = nc;
      nc.subscribe("in", {
        callback: async (m) => {
          await nextTurn();
          nc.publish("out", m.data);
          handled++;
        },
      });
      publishNumbers(nc, "in", 5);
      await nc.flush();
    }
    expect([handled, left.state]).toEqual([5, "closed"]);
    for (let i = 1; i <= 5; i++) expect((await out.next()).string()).toBe(`${i}`);
  });

  test("takes no longer than `disposeTimeout` says", async () => {
    const gate = new Gate();
    let sub: Subscription;
    {
      await using nc = await connect({ servers: access.url, disposeTimeout: 20 });
      sub = nc.subscribe("in", { callback: () => gate.opened });
      publishNumbers(nc, "in", 3);
      await nc.flush();
    }
    expect(await sub.closed).toMatchObject({ abandoned: 2 });
    gate.open();
  });

  test("waits for a drain that runs, which keeps its own limit", async () => {
    const gate = new Gate();
    const log: string[] = [];
    {
      await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
      nc.subscribe("in", { callback: () => gate.opened });
      publishNumbers(nc, "in", 3);
      await nc.flush();
      void nc.drain().then(({ handled }) => log.push(`drained ${handled}`));
      setTimeout(() => gate.open(), 20);
    }
    log.push("left");
    expect(log).toEqual(["drained 3", "left"]);
  });

  test("is well on a closed connection, and on one that is being closed", async () => {
    const nc = await connect(access.url);
    const closing = nc.close();
    await nc[Symbol.asyncDispose]();
    await closing;
    await nc[Symbol.asyncDispose]();
    const drained = await connect(access.url);
    await drained.drain();
    await drained[Symbol.asyncDispose]();
    expect([nc.state, drained.state]).toEqual(["closed", "closed"]);
  });

  test("is well on a connection that has been given up", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: false });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("closed");
      await nc[Symbol.asyncDispose]();
      expect(nc.state).toBe("closed");
    });
  });

  test("while reconnecting hands out what is here, and dials no more", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: { delay: 10 } });
      const events = new EventLog(nc);
      let handled = 0;
      nc.subscribe("in", {
        callback: async () => {
          await nextTurn();
          handled++;
        },
      });
      publishNumbers(nc, "in", 3);
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      await nc[Symbol.asyncDispose]();
      expect([nc.state, handled]).toEqual(["closed", 3]);
    });
  });
});

describe("leaving the block of `await using sub`", () => {
  test("drains a subscription with a callback", async () => {
    await using nc = await connect(access.url);
    let handled = 0;
    {
      await using working = nc.subscribe("in", {
        callback: async () => {
          await nextTurn();
          handled++;
        },
      });
      publishNumbers(nc, working.subject, 5);
    }
    expect(handled).toBe(5);
  });

  test("gives up what nobody will read any more, at once", async () => {
    await using nc = await connect(access.url);
    let left: Subscription;
    {
      await using sub = nc.subscribe("in");
      left = sub;
      publishNumbers(nc, "in", 3);
      await sub.next();
      await nc.flush();
    }
    expect(await left.closed).toEqual({ reason: "unsubscribed", abandoned: 2 });
  });

  test("waits for a drain that runs", async () => {
    await using nc = await connect({ servers: access.url, disposeTimeout: 0 });
    const gate = new Gate();
    let handled = 0;
    {
      await using sub = nc.subscribe("in", { callback: () => gate.opened.then(() => void handled++) });
      publishNumbers(nc, "in", 3);
      await nc.flush();
      void sub.drain();
      setTimeout(() => gate.open(), 20);
    }
    expect(handled).toBe(3);
  });
});

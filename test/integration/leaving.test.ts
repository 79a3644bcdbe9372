import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type Message } from "../../src/index.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();
let subjects = 0;
const aSubject = (): string => `leaving.${++subjects}`;

const DONE = { handled: 0, abandoned: 0, lost: 0, unconfirmed: 0, timedOut: false, complete: true };

describe("draining a subscription", () => {
  test("hands out all that was sent, and waits until handlers have settled [DRAIN-03] [DRAIN-05]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let handled = 0;
    const sub = nc.subscribe(subject, {
      callback: async () => {
        await sleep(2);
        handled++;
      },
    });
    for (let i = 0; i < 20; i++) nc.publish(subject);
    expect(await sub.drain()).toEqual({ handled: 20, abandoned: 0, timedOut: false, complete: true });
    expect(handled).toBe(20);
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 0 });
  });

  test("waits until a loop has come back for more [DRAIN-06]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject);
    for (let i = 0; i < 5; i++) nc.publish(subject);
    const loop = (async () => {
      let seen = 0;
      for await (const m of sub) {
        await sleep(2);
        void m;
        seen++;
      }
      return seen;
    })();
    expect(await sub.drain()).toEqual({ handled: 5, abandoned: 0, timedOut: false, complete: true });
    expect(await loop).toBe(5);
  });

  test("gives up at its time limit, and says what was left [R71]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    const sub = nc.subscribe(subject, { callback: () => new Promise(() => undefined) });
    for (let i = 0; i < 5; i++) nc.publish(subject);
    expect(await sub.drain({ timeout: 50 })).toEqual({
      handled: 0,
      abandoned: 5,
      timedOut: true,
      complete: true,
    });
    expect(sub.state).toBe("closed");
    const slow = nc.subscribe(subject);
    nc.publish(subject);
    nc.publish(subject);
    await slow.next();
    expect(await slow.drain({ signal: AbortSignal.timeout(20) })).toMatchObject({
      abandoned: 1,
      timedOut: true,
    });
  });

  test("twice, or after the end, is well", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe(aSubject(), { callback: () => undefined });
    await Promise.all([sub.drain(), sub.drain()]);
    expect(await sub.drain()).toEqual({ handled: 0, abandoned: 0, timedOut: false, complete: true });
  });

  test("from within its handler is allowed [DRAIN-10]", async () => {
    await using nc = await connect(access.url);
    const subject = aSubject();
    let seen = 0;
    const sub = nc.subscribe(subject, {
      callback: () => {
        if (seen++ === 0) void sub.drain();
      },
    });
    for (let i = 0; i < 10; i++) nc.publish(subject);
    expect(await sub.closed).toEqual({ reason: "drained", abandoned: 0 });
    expect(seen).toBe(10);
  });
});

describe("draining a connection", () => {
  // What is handled before the drain begins is not in its report, so nobody handles anything by then.
  const handlers: [string, (nc: Connection, subject: string, hasBegun: Promise<void>) => void][] = [
    [
      "async callbacks",
      (nc, subject, hasBegun) => {
        const callback = async (m: Message): Promise<void> => {
          await hasBegun;
          await sleep(3);
          m.respond("done");
        };
        nc.subscribe(subject, { callback });
      },
    ],
    [
      "a loop",
      (nc, subject, hasBegun) => {
        const sub = nc.subscribe(subject);
        void (async () => {
          for await (const m of sub) {
            await hasBegun;
            await sleep(3);
            m.respond("done");
          }
        })();
      },
    ],
  ];

  test.each(handlers)(
    "has every queued request answered by %s [R70] [DRAIN-22] [DRAIN-32]",
    async (_title, serve) => {
      const nc = await connect(access.url);
      await using asker = await connect(access.url);
      const subject = aSubject();
      let begin = (): void => undefined;
      serve(nc, subject, new Promise((resolve) => (begin = resolve)));
      await nc.flush();
      const answers = Array.from({ length: 20 }, () => asker.request(subject, "x", { timeout: 10_000 }));
      await asker.flush();
      const drained = nc.drain({ timeout: 10_000 });
      begin();
      expect(nc.state).toBe("draining");
      expect(() => nc.subscribe(aSubject())).toThrowError(
        expect.objectContaining({ code: "CONNECTION_DRAINING" }),
      );
      expect(await drained).toEqual({ ...DONE, handled: 20 });
      expect(nc.state).toBe("closed");
      expect(await Promise.all(answers)).toHaveLength(20);
    },
  );

  test("lets its own requests finish [REQ-21]", async () => {
    const nc = await connect(access.url);
    await using server = await connect(access.url);
    const subject = aSubject();
    server.subscribe(subject, {
      callback: async (m) => {
        await sleep(20);
        m.respond("late");
      },
    });
    await server.flush();
    const reply = nc.request(subject);
    await nc.drain();
    expect((await reply).string()).toBe("late");
  });

  test("gives up at its time limit [DRAIN-24] [SC-31]", async () => {
    const nc = await connect(access.url);
    const subject = aSubject();
    nc.subscribe(subject, { callback: () => new Promise(() => undefined) });
    for (let i = 0; i < 3; i++) nc.publish(subject);
    await nc.flush();
    const [first, second] = await Promise.all([nc.drain({ timeout: 50 }), nc.drain()]);
    expect(first).toEqual({ ...DONE, abandoned: 3, timedOut: true });
    expect(second).toBe(first);
    expect(nc.state).toBe("closed");
    await expect(nc.flush()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("while disconnected hands out what is here, stops dialling and closes [R72]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect(server.url);
      const subject = aSubject();
      const sub = nc.subscribe(subject);
      for (let i = 0; i < 3; i++) nc.publish(subject);
      await nc.flush();
      const disconnected = new Promise((resolve) => nc.on("disconnected", resolve));
      await server.kill();
      await disconnected;
      const seen: Message[] = [];
      const loop = (async () => {
        for await (const m of sub) seen.push(m);
      })();
      expect(await nc.drain({ timeout: 5000 })).toEqual({ ...DONE, handled: 3 });
      await loop;
      expect(seen).toHaveLength(3);
      expect(nc.state).toBe("closed");
    });
  });

  test("ends by closing when the server dies meanwhile [DRAIN-28] [SC-32]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect(server.url);
      const events: string[] = [];
      for (const type of ["disconnected", "reconnecting", "reconnected", "closed"] as const) {
        nc.on(type, () => void events.push(type));
      }
      const subject = aSubject();
      let release = (): void => undefined;
      nc.subscribe(subject, { callback: () => new Promise((resolve) => (release = resolve)) });
      nc.publish(subject);
      await nc.flush();
      const drained = nc.drain({ timeout: 10_000 });
      await server.kill();
      await eventually(() => expect(events).toContain("disconnected"));
      release();
      expect(await drained).toMatchObject({ handled: 1, abandoned: 0, lost: 0, timedOut: false });
      await nc.closed();
      await eventually(() => expect(events).toEqual(["disconnected", "closed"]));
    });
  });
});

describe("closing", () => {
  test("sends what was published before, and leaves nothing open [CLOSE-03] [FLUSH-17]", async () => {
    await using receiver = await connect(access.url);
    const subject = aSubject();
    let seen = 0;
    receiver.subscribe(subject, { callback: () => void seen++ });
    await receiver.flush();
    await expectNoLeak(async () => {
      const nc = await connect(access.url);
      nc.subscribe(aSubject());
      void nc.request(subject, "x", { timeout: 60_000 }).catch(() => undefined);
      for (let i = 0; i < 1000; i++) nc.publish(subject, "x".repeat(1000));
      await nc.close();
    });
    await eventually(() => expect(seen).toBe(1001));
  });

  test("ends everything that waits, and refuses everything after it [CLOSE-03] [CLOSE-07] [R62] [R75]", async () => {
    const nc = await connect(access.url);
    const subject = aSubject();
    let asked: Message | undefined;
    nc.subscribe(subject, { callback: (m) => void (asked = m) });
    const isClosed = { code: "CONNECTION_CLOSED" };
    const waiting = [
      expect(nc.request(subject, "x")).rejects.toMatchObject({ ...isClosed, subject }),
      expect(nc.requestMany(subject).next()).rejects.toMatchObject(isClosed),
      expect(nc.subscribe(aSubject()).next()).rejects.toMatchObject(isClosed),
    ];
    await nc.flush();
    const flushing = expect(nc.flush()).rejects.toMatchObject(isClosed);
    await Promise.all([nc.close(), nc.close()]);
    await Promise.all([...waiting, flushing]);
    const throwsClosed = expect.objectContaining(isClosed);
    expect(() => nc.publish(subject)).toThrowError(throwsClosed);
    expect(() => nc.subscribe(subject)).toThrowError(throwsClosed);
    expect(() => asked!.respond("too late")).toThrowError(throwsClosed);
    await expect(nc.request(subject)).rejects.toMatchObject(isClosed);
    await expect(nc.flush()).rejects.toMatchObject(isClosed);
    await expect(nc.ready()).rejects.toMatchObject(isClosed);
    await expect(nc.rtt()).rejects.toMatchObject(isClosed);
    await expect(nc.drain()).rejects.toMatchObject(isClosed);
    expect(nc.server).toBeUndefined();
  });

  test("from within a handler ends the chunk there, and `closed` is the last event [CLOSE-02] [CB-05]", async () => {
    const nc = await connect(access.url);
    const events: string[] = [];
    const told = (async () => {
      for await (const event of nc.events()) events.push(event.type);
    })();
    const subject = aSubject();
    let seen = 0;
    nc.subscribe(subject, {
      callback: () => {
        if (++seen === 5) void nc.close();
      },
    });
    for (let i = 0; i < 100; i++) nc.publish(subject);
    expect(await nc.closed()).toBeUndefined();
    await told;
    expect(seen).toBe(5);
    expect(events).toEqual(["closed"]);
  });

  test("happens at the end of an `await using` block, also when that fails [R76]", async () => {
    let kept: Awaited<ReturnType<typeof connect>> | undefined;
    await expect(
      (async () => {
        await using nc = await connect(access.url);
        await using sub = nc.subscribe(aSubject());
        kept = nc;
        expect(sub.state).toBe("active");
        throw new Error("the body");
      })(),
    ).rejects.toThrow("the body");
    expect(kept!.state).toBe("closed");
  });
});

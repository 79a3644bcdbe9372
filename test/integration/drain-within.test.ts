import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Connection, connect, type Message, type Subscription } from "../../src/index.ts";
import { publishNumbers } from "../support/collect.ts";
import { eventually } from "../support/eventually.ts";
import { Gate } from "../support/gate.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();
const ALL = { handled: 5, abandoned: 0, timedOut: false, complete: true };
const DONE = { ...ALL, lost: 0, unconfirmed: 0 };

type Drain = (
  nc: Connection,
  sub: Subscription,
  options?: { handling: Message | readonly Message[] },
) => Promise<unknown>;
const drains: [string, Drain, object][] = [
  ["the subscription", (_nc, sub, options) => sub.drain(options), ALL],
  ["the connection", (nc, _sub, options) => nc.drain(options), DONE],
];

describe.each(drains)("draining %s from within a handler", (_title, drain, report) => {
  test("does not wait for that handler, if it is called before its first await [DRAIN-10]", async () => {
    await using nc = await connect(access.url);
    const handled: string[] = [];
    const reports: unknown[] = [];
    const over = new Gate();
    const sub = nc.subscribe("in", {
      callback: async (m) => {
        if (m.string() === "5") {
          reports.push(await drain(nc, sub));
          over.open();
        }
        handled.push(m.string());
      },
    });
    publishNumbers(nc, "in", 5);
    await over.opened;
    await nextTurn();
    // By then those before it had been handled; it is the one that is counted.
    expect(reports).toEqual([{ ...report, handled: 1 }]);
    expect(handled).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("does not wait for the handlers that name their messages, after an await", async () => {
    await using nc = await connect(access.url);
    const reports: unknown[] = [];
    const allBegun = new Gate();
    let begun = 0;
    let ended = 0;
    const sub = nc.subscribe("in", {
      concurrency: 5,
      callback: async (m) => {
        if (++begun === 5) allBegun.open();
        await allBegun.opened;
        await nextTurn();
        if (m.string() === "2" || m.string() === "3") reports.push(await drain(nc, sub, { handling: m }));
        ended++;
      },
    });
    publishNumbers(nc, "in", 5);
    await allBegun.opened;
    await eventually(() => expect([ended, reports.length]).toEqual([5, 2]));
    expect(reports[0]).toMatchObject({ abandoned: 0, timedOut: false, complete: true });
  });

  test.each(["before its first await", "after an await"])(
    "lets what is queued behind that handler be handled meanwhile, if it is called %s",
    async (when) => {
      await using nc = await connect(access.url);
      const handled: string[] = [];
      let result: unknown;
      const over = new Gate();
      const sub = nc.subscribe("in", {
        callback: async (m) => {
          if (m.string() === "1" && when === "after an await") {
            await nextTurn();
            result = await drain(nc, sub, { handling: m });
          } else if (m.string() === "1") {
            result = await drain(nc, sub);
          } else {
            await nextTurn();
          }
          handled.push(m.string());
          if (m.string() === "1") over.open();
        },
      });
      publishNumbers(nc, "in", 5);
      await over.opened;
      expect(handled).toEqual(["2", "3", "4", "5", "1"]);
      expect(result).toEqual(report);
    },
  );

  test("waits for the other handlers", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    let ended = 0;
    const both = new Gate();
    const sub = nc.subscribe("in", {
      concurrency: 2,
      callback: async (m) => {
        if (m.string() === "2") {
          both.open();
          await drain(nc, sub);
          expect(ended).toBe(1);
        } else {
          await gate.opened;
        }
        ended++;
      },
    });
    publishNumbers(nc, "in", 2);
    await both.opened;
    await nc.flush();
    expect([sub.state, ended]).toEqual(["draining", 0]);
    gate.open();
    await eventually(() => expect(ended).toBe(2));
  });
});

describe.each(drains)("draining %s from within the body of a loop", (_title, drain, report) => {
  test("does not wait for the message that it names; what only that loop would read is given up", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 5);
    await nc.flush();
    const seen: string[] = [];
    let result: unknown;
    for await (const m of sub) {
      seen.push(m.string());
      if (m.string() === "3") result = await drain(nc, sub, { handling: m });
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect(result).toEqual({ ...report, handled: 1, abandoned: 2 });
  });

  test("does not wait for the batch that it names", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 5);
    await nc.flush();
    let result: unknown;
    for await (const batch of sub.batches()) result = await drain(nc, sub, { handling: batch });
    expect(result).toEqual(report);
  });

  test("and leaving it ends both", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 1);
    let result: unknown;
    for await (const m of sub) {
      result = await drain(nc, sub, { handling: m });
      break;
    }
    expect(result).toEqual({ ...report, handled: 1 });
    expect(sub.state).toBe("closed");
  });

  test("waits for the other loops over it, which get what is queued", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 5);
    await nc.flush();
    const gate = new Gate();
    const seen: string[] = [];
    const other = (async () => {
      for await (const m of sub) {
        await gate.opened;
        seen.push(m.string());
      }
    })();
    await nextTurn();
    let result: unknown;
    for await (const m of sub) {
      const drained = drain(nc, sub, { handling: m });
      await nc.flush();
      gate.open();
      result = await drained;
    }
    await other;
    expect(result).toEqual(report);
    expect(seen).toEqual(["1", "3", "4", "5"]);
  });
});

describe("draining the connection a second time, from within a handler", () => {
  test("waits for the drain that runs, and neither waits for that handler", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const begun = new Gate();
    const reports: unknown[] = [];
    nc.subscribe("in", {
      callback: async (m) => {
        begun.open();
        await gate.opened;
        reports.push(await nc.drain({ handling: m }));
      },
    });
    publishNumbers(nc, "in", 1);
    await begun.opened;
    const draining = nc.drain();
    await nc.flush();
    gate.open();
    const report = await draining;
    expect(report).toEqual({ ...DONE, handled: 1 });
    await nextTurn();
    expect(reports).toEqual([report]);
  });
});

describe("the option `handling` of a drain", () => {
  test("has to be a message or an array of them", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    const handling = ["a"] as unknown as Message[];
    await expect(sub.drain({ handling })).rejects.toMatchObject({
      code: "INVALID_OPTION",
      argument: "handling",
    });
    await expect(nc.drain({ handling })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    expect([sub.state, nc.state]).toEqual(["active", "connected"]);
  });

  test("is of no effect with a message that nobody is handling any more", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("in");
    publishNumbers(nc, "in", 3);
    const first = await sub.next();
    await nc.flush();
    const draining = sub.drain({ handling: first });
    await nc.flush();
    expect(sub.state).toBe("draining");
    await sub.next();
    await sub.next();
    expect(await draining).toEqual({ ...ALL, handled: 2 });
  });
});

import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, isNatsError, type MessageCallback } from "../../src/index.ts";
import { keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { useServer } from "../support/nats-server.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const access = useServer();

describe("a callback", () => {
  test("that returns nothing is called in order of arrival [MSGQ-01]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("order", { callback: keepTexts(kept) });
    const sent = publishNumbers(nc, "order", 1000);
    await nc.flush();
    expect(kept).toEqual(sent);
  });

  test("that returns a promise gets the next message when it has settled, in order [MSGQ-01] [MSGQ-02]", async () => {
    await using nc = await connect(access.url);
    const log: string[] = [];
    const sub = nc.subscribe("order", {
      callback: async (m) => {
        const text = m.string();
        log.push(`in ${text}`);
        // Every other one is quicker, so that any overlap would show.
        await (Number(text) % 2 === 0 ? nextTurn() : Promise.resolve());
        log.push(`out ${text}`);
      },
    });
    const sent = publishNumbers(nc, "order", 50);
    await nc.flush();
    await sub.drain();
    expect(log).toEqual(sent.flatMap((text) => [`in ${text}`, `out ${text}`]));
  });

  test("may return a promise for one message and nothing for the next: the order is kept [MSGQ-02]", async () => {
    await using nc = await connect(access.url);
    const log: string[] = [];
    const sub = nc.subscribe("order", {
      callback: (m) => {
        const text = m.string();
        if (Number(text) % 3 !== 0) return void log.push(text);
        return nextTurn().then(() => void log.push(text));
      },
    });
    const sent = publishNumbers(nc, "order", 30);
    await sub.drain();
    expect(log).toEqual(sent);
  });

  test("that does not settle holds up no other subscription, no flush and no request [MSGQ-01]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const stuck = nc.subscribe("stuck", { callback: () => gate.opened });
    nc.subscribe("free", { callback: keepTexts(kept) });
    nc.subscribe("ask", { callback: (m) => m.respond("answer") });
    publishNumbers(nc, "stuck", 3);
    const sent = publishNumbers(nc, "free", 3);
    expect((await nc.request("ask")).string()).toBe("answer");
    await nc.flush();
    expect(kept).toEqual(sent);
    expect([stuck.delivered, stuck.pending.messages]).toEqual([1, 3]);
    gate.open();
    await eventually(() => expect(stuck.delivered).toBe(3));
  });

  test("is counted before it is called, and pending until it has returned or settled [MSGQ-03] [MSGQ-04] [MSGQ-05]", async () => {
    await using nc = await connect(access.url);
    const seen: number[][] = [];
    const look = () => seen.push([sub.delivered, sub.pending.messages, sub.pending.bytes]);
    const gate = new Gate();
    const sub = nc.subscribe("counted", {
      callback: async () => {
        look();
        await gate.opened;
        look();
      },
    });
    for (const text of ["a", "bb", "ccc"]) nc.publish("counted", text);
    await nc.flush();
    expect(seen).toEqual([[1, 1, 1]]);
    expect(sub.pending).toEqual({ messages: 3, bytes: 6 });
    gate.open();
    await sub.drain();
    expect(seen.slice(1)).toEqual([
      [1, 3, 6],
      [2, 2, 5],
      [2, 2, 5],
      [3, 1, 3],
      [3, 1, 3],
    ]);
    expect([sub.delivered, sub.pending]).toEqual([3, { messages: 0, bytes: 0 }]);
  });

  test("that returns nothing is pending only while it runs [MSGQ-03]", async () => {
    await using nc = await connect(access.url);
    const seen: number[] = [];
    const sub = nc.subscribe("counted", { callback: () => void seen.push(sub.pending.messages) });
    publishNumbers(nc, "counted", 3);
    await nc.flush();
    expect([seen, sub.pending.messages]).toEqual([[1, 1, 1], 0]);
  });
});

describe("a callback with concurrency", () => {
  test("is called for as many messages at a time as allowed, and no more", async () => {
    await using nc = await connect(access.url);
    const gates = Array.from({ length: 12 }, () => new Gate());
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const sub = nc.subscribe("parallel", {
      concurrency: 4,
      callback: async (m) => {
        const number = Number(m.string());
        begun.push(number);
        most = Math.max(most, ++running);
        await gates[number - 1]!.opened;
        running--;
      },
    });
    publishNumbers(nc, "parallel", 12);
    await nc.flush();
    expect([begun, sub.pending.messages]).toEqual([[1, 2, 3, 4], 12]);

    gates[2]!.open();
    await eventually(() => expect(begun).toEqual([1, 2, 3, 4, 5]));
    gates[4]!.open();
    gates[0]!.open();
    await eventually(() => expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7]));
    expect(running).toBe(4);
    for (const gate of gates) gate.open();
    await sub.drain();
    expect([most, begun.length, sub.pending.messages]).toEqual([4, 12, 0]);
  });

  test("keeps its slots over failures: as many are open afterwards as before [R51]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const begun: number[] = [];
    const sub = nc.subscribe("parallel", {
      concurrency: 3,
      callback: async (m) => {
        const number = Number(m.string());
        begun.push(number);
        if (number <= 5) throw new Error(`failure ${number}`);
        await gate.opened;
      },
    });
    publishNumbers(nc, "parallel", 20);
    await eventually(() => expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8]));
    await nc.flush();
    expect(begun).toHaveLength(8);
    gate.open();
    await sub.drain();
    expect(begun).toHaveLength(20);
  });
});

describe("a callback that returns a foreign promise", () => {
  test("which settles twice is counted once, and keeps to its concurrency [MSGQ-02]", async () => {
    await using nc = await connect(access.url);
    let running = 0;
    let most = 0;
    const sub = nc.subscribe("foreign", {
      callback: () => {
        most = Math.max(most, ++running);
        return {
          // oxlint-disable-next-line unicorn/no-thenable -- a foreign promise with a defect
          then: (onSettled: () => void) => {
            queueMicrotask(() => {
              running--;
              onSettled();
              onSettled();
            });
          },
        } as unknown as Promise<void>;
      },
    });
    publishNumbers(nc, "foreign", 10);
    await nc.flush();
    await eventually(() => expect(sub.delivered).toBe(10));
    await nc.flush();
    expect([most, sub.pending]).toEqual([1, { messages: 0, bytes: 0 }]);
  });
});

describe("a callback that fails", () => {
  const failures: [string, MessageCallback][] = [
    [
      "throws",
      () => {
        throw new Error("broken");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken"))],
    [
      "rejects later",
      async () => {
        await nextTurn();
        throw new Error("broken");
      },
    ],
    [
      "throws a string",
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- what applications do
        throw "broken";
      },
    ],
    [
      "throws nothing",
      () => {
        // oxlint-disable-next-line typescript/only-throw-error -- what applications do
        throw undefined;
      },
    ],
    ["rejects with a string", () => Promise.reject("broken")],
    [
      "throws something without a text form",
      () => {
        throw Object.create(null);
      },
    ],
    [
      "returns something whose `then` can't be read",
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- a foreign promise with a defect
        get then(): never {
          throw new Error("broken");
        },
      }),
    ],
    [
      "returns a thenable that throws",
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- a foreign promise with a defect
        then: () => {
          throw new Error("broken");
        },
      }),
    ],
  ];

  test.each(failures)(
    "as it %s gives a handlerError event, and delivery goes on everywhere [MSGQ-09] [R50] [R51]",
    async (_title, fail) => {
      await using nc = await connect(access.url);
      const events = new EventLog(nc);
      const kept: string[] = [];
      const others: string[] = [];
      const sub = nc.subscribe("fails", {
        callback: (m) => (m.string() === "2" ? fail(m) : void kept.push(m.string())),
      });
      nc.subscribe("fails", { callback: keepTexts(others) });
      publishNumbers(nc, "fails", 4);
      const event = await events.wait("handlerError");
      expect(event.subscription).toBe(sub);
      expect([event.message.subject, event.message.string()]).toEqual(["fails", "2"]);
      expect(isNatsError(event.error, "HANDLER_FAILED")).toBe(true);
      expect(event.error).toMatchObject({ subject: "fails", cause: expect.any(Error) });
      await nc.flush();
      await eventually(() => expect(kept).toEqual(["1", "3", "4"]));
      expect(others).toEqual(["1", "2", "3", "4"]);
      expect(events.types).toEqual(["handlerError"]);
      expect([nc.state, sub.state, sub.pending.messages, sub.delivered]).toEqual([
        "connected",
        "active",
        0,
        4,
      ]);
    },
  );

  test("is named with its own error, once for each failure, in order [MSGQ-09] [CB-05]", async () => {
    await using nc = await connect(access.url);
    const events = new EventLog(nc);
    nc.subscribe("fails.*", {
      callback: (m) => {
        throw new TypeError(`failure ${m.string()}`);
      },
    });
    publishNumbers(nc, "fails.here", 3);
    await events.wait("handlerError", 3);
    await nc.flush();
    const errors = events.of("handlerError").map(({ error }) => error);
    expect(errors.map(({ cause }) => cause)).toEqual([
      new TypeError("failure 1"),
      new TypeError("failure 2"),
      new TypeError("failure 3"),
    ]);
    expect(errors[0]!.message).toContain("failure 1");
    expect(errors[0]!.subject).toBe("fails.here");
    expect(events.types).toEqual(["handlerError", "handlerError", "handlerError"]);
  });

  test("needs nobody to listen: without a listener nothing else happens [R51]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("fails", {
      callback: (m) => {
        kept.push(m.string());
        return Promise.reject(new Error("broken"));
      },
    });
    const sent = publishNumbers(nc, "fails", 3);
    await eventually(() => expect(kept).toEqual(sent));
    expect(nc.state).toBe("connected");
  });
});

describe("a callback may", () => {
  test("unsubscribe: it gets nothing more, not even what has come already [SUB-21] [SUB-24]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const others: string[] = [];
    const sub = nc.subscribe("inside", {
      callback: (m) => {
        kept.push(m.string());
        if (kept.length === 2) sub.unsubscribe();
      },
    });
    nc.subscribe("inside", { callback: keepTexts(others) });
    const sent = publishNumbers(nc, "inside", 5);
    await nc.flush();
    expect([kept, others]).toEqual([["1", "2"], sent]);
    expect(await sub.closed).toMatchObject({ reason: "unsubscribed" });
    expect(await subjectsAt(access.server, nc)).toEqual(["inside"]);
  });

  test("unsubscribe after an await: what was queued meanwhile is given up, and counted [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const sub = nc.subscribe("inside", {
      callback: async (m) => {
        kept.push(m.string());
        await gate.opened;
        sub.unsubscribe();
      },
    });
    publishNumbers(nc, "inside", 5);
    await nc.flush();
    gate.open();
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 4 });
    await nc.flush();
    expect(kept).toEqual(["1"]);
  });

  test("unsubscribe when all that its max allows has come: the rest is given up [SUB-21] [SUB-24]", async () => {
    await using nc = await connect(access.url);
    const gate = new Gate();
    const kept: string[] = [];
    const sub = nc.subscribe("inside", {
      max: 5,
      callback: async (m) => {
        kept.push(m.string());
        await gate.opened;
        sub.unsubscribe();
      },
    });
    publishNumbers(nc, "inside", 5);
    await nc.flush();
    gate.open();
    expect(await sub.closed).toMatchObject({ abandoned: 4 });
    expect(kept).toEqual(["1"]);
  });

  test("close the connection: nothing more is delivered to anybody [CLOSE-02]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const keepAndClose: MessageCallback = (m) => {
      kept.push(m.string());
      if (m.string() === "2") void nc.close();
    };
    nc.subscribe("inside", { callback: keepAndClose });
    nc.subscribe("inside", { callback: keepTexts(kept) });
    publishNumbers(nc, "inside", 5);
    expect(await nc.closed()).toBeUndefined();
    // The server hands a message to the subscriptions in an order of its own.
    expect(kept.filter((text) => text === "1")).toHaveLength(2);
    expect(kept.at(-1)).toBe("2");
    expect(kept.length).toBeLessThanOrEqual(4);
  });

  test("wait for the connection's close: that waits for no handler [CLOSE-02] [CLOSE-06]", async () => {
    await using nc = await connect(access.url);
    const ended = new Gate();
    nc.subscribe("inside", {
      callback: async () => {
        await nc.close();
        ended.open();
      },
    });
    nc.publish("inside");
    await ended.opened;
    expect(nc.state).toBe("closed");
  });

  test("drain the connection: what is queued is handled first [DRAIN-10] [DRAIN-32]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("inside", {
      callback: async (m) => {
        if (m.string() === "1") void nc.drain();
        await nextTurn();
        kept.push(m.string());
      },
    });
    const sent = publishNumbers(nc, "inside", 5);
    expect(await nc.closed()).toBeUndefined();
    expect(kept).toEqual(sent);
  });

  test("publish and respond", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("inside", {
      callback: (m) => {
        nc.publish("outside", m.data);
        m.respond("got it");
      },
    });
    nc.subscribe("outside", { callback: keepTexts(kept) });
    expect((await nc.request("inside", "x")).string()).toBe("got it");
    await nc.flush();
    expect(kept).toEqual(["x"]);
  });

  test("wait for a flush or a request", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("ask", { callback: (m) => m.respond(`answer to ${m.string()}`) });
    nc.subscribe("inside", {
      callback: async (m) => {
        await nc.flush();
        kept.push((await nc.request("ask", m.data)).string());
      },
    });
    publishNumbers(nc, "inside", 2);
    await eventually(() => expect(kept).toEqual(["answer to 1", "answer to 2"]));
  });

  test("subscribe: the new subscription gets what is published from then on", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("inside", {
      callback: (m) => {
        nc.subscribe("new", { callback: keepTexts(kept) });
        nc.publish("new", m.string());
      },
    });
    nc.publish("inside", "x");
    await eventually(() => expect(kept).toEqual(["x"]));
  });
});

import { describe, expect, test } from "vitest";
import { type Connection, connect, headers, type SubscribeOptions } from "../../src/index.ts";
import { collect, keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { interestAt, subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

const QUICK = { delay: 10, maxDelay: 50 };

describe("a subscription", () => {
  const access = useServer();

  test("hands the subject, payload, reply subject and headers of a message to its callback [SUB-01] [SUB-11]", async () => {
    await using nc = await connect(access.url);
    const seen: unknown[] = [];
    const sub = nc.subscribe("greet.*", {
      callback: (m) => void seen.push([m.subject, m.string(), m.reply, m.headers?.get("X-Trace")]),
    });
    nc.publish("greet.joe", "hello", { reply: "answers", headers: headers({ "X-Trace": "7" }) });
    nc.publish("greet.sue");
    await nc.flush();
    expect(seen).toEqual([
      ["greet.joe", "hello", "answers", "7"],
      ["greet.sue", "", undefined, undefined],
    ]);
    expect([sub.subject, sub.queue, sub.state]).toEqual(["greet.*", undefined, "active"]);
  });

  test.each([
    ["a.b", ["a.b"]],
    ["a.*", ["a.b", "a.c"]],
    ["*.b", ["a.b"]],
    ["a.*.c", ["a.b.c"]],
    ["a.>", ["a.b", "a.c", "a.b.c"]],
    ["*", ["a", "ab", "b"]],
    ["a.*.>", ["a.b.c"]],
    [">", ["a", "a.b", "a.c", "a.b.c", "ab", "b"]],
  ])("to %s gets what matches and nothing else", async (subject, matching) => {
    await using nc = await connect(access.url);
    const seen: string[] = [];
    nc.subscribe(subject, { callback: (m) => void seen.push(m.subject) });
    for (const published of ["a", "a.b", "a.c", "a.b.c", "ab", "b"]) nc.publish(published);
    await nc.flush();
    expect(seen).toEqual(matching);
  });

  test("takes a token that only contains a wildcard literally [SUB-03]", async () => {
    await using nc = await connect(access.url);
    const seen: string[] = [];
    nc.subscribe("literal.a*", { callback: (m) => void seen.push(m.subject) });
    nc.publish("literal.ab");
    nc.publish("literal.a*");
    await nc.flush();
    expect(seen).toEqual(["literal.a*"]);
  });

  test("gets what is published in the same turn, and by other connections after a flush [SUB-06]", async () => {
    await using nc = await connect(access.url);
    await using other = await connect(access.url);
    const kept: string[] = [];
    nc.subscribe("same.turn", { callback: keepTexts(kept) });
    nc.publish("same.turn", "own");
    await nc.flush();
    other.publish("same.turn", "other");
    await eventually(() => expect(kept).toEqual(["own", "other"]));
  });

  test("is one of several to a subject, each of which gets its own copy [SUB-01]", async () => {
    await using nc = await connect(access.url);
    const kept: string[][] = [[], [], []];
    const subs = kept.map((into) => nc.subscribe("copies", { callback: keepTexts(into) }));
    nc.publish("copies", "a");
    await nc.flush();
    subs[1]!.unsubscribe();
    nc.publish("copies", "b");
    await nc.flush();
    expect(kept).toEqual([["a", "b"], ["a"], ["a", "b"]]);
  });

  test("has a sid that rises from 1 and is never used again, not even over a reconnect [SUB-05]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const first = nc.subscribe("sids");
      expect([first.sid, nc.subscribe("sids").sid]).toEqual([1, 2]);
      first.unsubscribe();
      expect(nc.subscribe("sids").sid).toBe(3);
      await server.restart();
      await events.wait("reconnected");
      expect(nc.subscribe("sids").sid).toBe(4);
      await nc.flush();
      const interest = await interestAt(server, nc);
      expect(interest?.map(({ sid }) => sid).sort()).toEqual(["2", "3", "4"]);
    });
  });

  test("made while disconnected is sent once, when the link is back [SUB-07] [R13]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("disconnected");
      const kept: string[] = [];
      nc.subscribe("late", { callback: keepTexts(kept) });
      nc.publish("late", "buffered");
      await server.restart();
      await events.wait("reconnected");
      await nc.flush();
      expect(await subjectsAt(server, nc)).toEqual(["late"]);
      expect(kept).toEqual(["buffered"]);
    });
  });

  test("reads its options once and leaves them alone [R107]", async () => {
    await using nc = await connect(access.url);
    const options = { queue: "workers", max: 2, pending: Object.freeze({ messages: 5 }) };
    const before = structuredClone(options);
    const sub = nc.subscribe("options", options);
    expect(options).toEqual(before);
    Object.assign(options, { queue: "others", max: 9 });
    expect([sub.queue, sub.max, sub.pendingLimits.messages]).toEqual(["workers", 2, 5]);
  });
});

describe("a queue group", () => {
  const access = useServer();

  test("hands a message to one of its members, and to every other group and subscription too [SUB-01]", async () => {
    await using one = await connect(access.url);
    await using two = await connect(access.url);
    const workers: string[][] = [[], [], []];
    const loggers: string[] = [];
    const plain: string[] = [];
    workers.forEach((kept, i) =>
      (i === 0 ? one : two).subscribe("jobs", { queue: "workers", callback: keepTexts(kept) }),
    );
    one.subscribe("jobs", { queue: "loggers", callback: keepTexts(loggers) });
    two.subscribe("jobs", { callback: keepTexts(plain) });
    await Promise.all([one.flush(), two.flush()]);

    const sent = publishNumbers(one, "jobs", 200);
    await one.flush();
    await two.flush();
    const byNumber = (a: string, b: string): number => Number(a) - Number(b);
    expect(workers.flat().sort(byNumber)).toEqual(sent);
    // 200 messages miss one of three members by chance once in 10^35 runs.
    expect(workers.every((kept) => kept.length > 0)).toBe(true);
    expect(loggers).toEqual(sent);
    expect(plain).toEqual(sent);
  });

  test("goes on without a member that unsubscribed [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const kept: string[] = [];
    const leaving = nc.subscribe("jobs.left", { queue: "workers" });
    nc.subscribe("jobs.left", { queue: "workers", callback: keepTexts(kept) });
    leaving.unsubscribe();
    const sent = publishNumbers(nc, "jobs.left", 20);
    await nc.flush();
    expect(kept).toEqual(sent);
  });

  test("with an empty name is no group [SUB-04]", async () => {
    await using nc = await connect(access.url);
    const subs = [nc.subscribe("jobs.no", { queue: "" }), nc.subscribe("jobs.no", { queue: "" })];
    nc.publish("jobs.no");
    await nc.flush();
    expect(subs.map((sub) => [sub.queue, sub.pending.messages])).toEqual([
      [undefined, 1],
      [undefined, 1],
    ]);
  });

  test("keeps its name over a reconnect [R56]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const kept: string[] = [];
      for (let i = 0; i < 3; i++) nc.subscribe("jobs", { queue: "workers", callback: keepTexts(kept) });
      await server.restart();
      await events.wait("reconnected");
      const sent = publishNumbers(nc, "jobs", 30);
      await nc.flush();
      expect([...kept].sort((a, b) => Number(a) - Number(b))).toEqual(sent);
      const groups = (await interestAt(server, nc))?.map(({ qgroup }) => qgroup);
      expect(groups).toEqual(["workers", "workers", "workers"]);
    });
  });
});

describe("unsubscribing", () => {
  const access = useServer();

  test("tells the server and drops what waits [SUB-21] [SUB-23]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("ended");
    publishNumbers(nc, "ended", 3);
    await nc.flush();
    sub.unsubscribe();
    publishNumbers(nc, "ended", 2);
    await nc.flush();
    expect(await collect(sub)).toEqual([]);
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 3 });
    expect([sub.state, sub.delivered]).toEqual(["closed", 0]);
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("leaves nothing pending: what was dropped does not wait any more [SUB-21]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("nothing.left");
    publishNumbers(nc, "nothing.left", 3);
    await nc.flush();
    sub.unsubscribe();
    expect(sub.pending).toEqual({ messages: 0, bytes: 0 });
  });

  test("a second time does nothing, and does not touch a subscription made since [SUB-20]", async () => {
    await using nc = await connect(access.url);
    const first = nc.subscribe("twice");
    first.unsubscribe();
    const second = nc.subscribe("twice");
    first.unsubscribe();
    nc.publish("twice", "x");
    await nc.flush();
    expect([first.state, second.state, second.pending.messages]).toEqual(["closed", "active", 1]);
  });

  test("while disconnected holds: the server is not told of the subscription again [R13]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK });
      const events = new EventLog(nc);
      const ended = nc.subscribe("ended");
      nc.subscribe("kept");
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      ended.unsubscribe();
      await server.restart();
      await events.wait("reconnected");
      await nc.flush();
      expect(await subjectsAt(server, nc)).toEqual(["kept"]);
    });
  });

  test("is what the abort of a signal does", async () => {
    await using nc = await connect(access.url);
    const controller = new AbortController();
    const sub = nc.subscribe("aborted", { signal: controller.signal });
    const reading = collect(sub);
    nc.publish("aborted", "a");
    await nc.flush();
    controller.abort();
    expect(await reading).toEqual(["a"]);
    expect(await sub.closed).toEqual({ reason: "unsubscribed", abandoned: 0 });
    const late = nc.subscribe("aborted", { signal: controller.signal });
    expect(late.state).toBe("closed");
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });

  test("is what the end of an `await using` block does [R76]", async () => {
    await using nc = await connect(access.url);
    let inner;
    {
      await using sub = nc.subscribe("scoped");
      expect(sub.state).toBe("active");
      inner = sub;
    }
    expect(await inner.closed).toMatchObject({ reason: "unsubscribed" });
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual([]);
  });
});

describe("a wrong argument of subscribe", () => {
  const access = useServer();

  /** Nothing was registered or written: the next sid is 1, and the server has only that one. */
  async function expectUntouched(nc: Connection): Promise<void> {
    expect(nc.subscribe("untouched").sid).toBe(1);
    await nc.flush();
    expect(await subjectsAt(access.server, nc)).toEqual(["untouched"]);
  }

  test.each(["", " ", "a b", "a\tb", "a\rb", "a\nb", ".a", "a.", "a..b", "a.>.b", ">.a", "a\0b"])(
    "the subject %j is refused and nothing is written [SUB-03]",
    async (subject) => {
      await using nc = await connect(access.url);
      expect(() => nc.subscribe(subject)).toThrow(
        expect.objectContaining({ code: "INVALID_SUBJECT", argument: "subject", subject }),
      );
      await expectUntouched(nc);
    },
  );

  test.each([" ", "a b", "a\tb", "a\r\nb"])(
    "the queue group %j is refused and nothing is written [SUB-04]",
    async (queue) => {
      await using nc = await connect(access.url);
      expect(() => nc.subscribe("jobs", { queue })).toThrow(
        expect.objectContaining({ code: "INVALID_QUEUE", argument: "queue", queue }),
      );
      await expectUntouched(nc);
    },
  );

  test.each<[string, object]>([
    ["max", { max: 0 }],
    ["max", { max: 1.5 }],
    ["max", { max: "3" }],
    ["callback", { callback: "not a function" }],
    ["concurrency", { callback: () => {}, concurrency: 0 }],
    ["concurrency", { concurrency: 2 }],
    ["pending.messages", { pending: { messages: 0 } }],
    ["pending.bytes", { pending: { bytes: -1 } }],
    ["pending.onFull", { pending: { onFull: "drop" } }],
    ["signal", { signal: {} }],
  ])("the option %s in %j is refused and nothing is written", async (argument, options) => {
    await using nc = await connect(access.url);
    expect(() => nc.subscribe("options", options as SubscribeOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", argument }),
    );
    await expectUntouched(nc);
  });

  test("an unknown option names the one that was meant", async () => {
    await using nc = await connect(access.url);
    expect(() => nc.subscribe("options", { calback: () => {} } as SubscribeOptions)).toThrow(
      'did you mean "callback"?',
    );
  });

  test("is told before a wrong state: subject, queue group, then closed [SUB-02]", async () => {
    await using nc = await connect(access.url);
    await nc.close();
    const codeOf = (subject: string, options?: SubscribeOptions): unknown => {
      try {
        return nc.subscribe(subject, options);
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(codeOf("a b", { queue: "c d" })).toBe("INVALID_SUBJECT");
    expect(codeOf("a", { queue: "c d" })).toBe("INVALID_QUEUE");
    expect(codeOf("a", { max: 0 })).toBe("INVALID_OPTION");
    expect(codeOf("a")).toBe("CONNECTION_CLOSED");
  });
});

describe("a subject that the server forbids", () => {
  const access = useServer({
    config: `authorization { users: [ {
      user: joe, password: secret
      permissions: { publish: ">", subscribe: { allow: ["open.>", "jobs workers"] } }
    } ] }`,
  });
  const options = () => ({ servers: access.url, user: "joe", password: "secret" });

  test("ends it with an error event; the connection and the others go on [SUB-08] [ERR-05] [R53]", async () => {
    await using nc = await connect(options());
    const events = new EventLog(nc);
    const kept: string[] = [];
    nc.subscribe("open.a", { callback: keepTexts(kept) });
    const forbidden = nc.subscribe("closed.a");
    const { error, subscription } = await events.wait("error");
    expect(error).toMatchObject({ code: "SUBSCRIBE_DENIED", subject: "closed.a", server: access.url });
    expect(nc.lastError).toBe(error);
    expect(subscription).toBe(forbidden);
    expect(await forbidden.closed).toMatchObject({ reason: "failed", error: { code: "SUBSCRIBE_DENIED" } });
    expect(await failure(forbidden.next())).toMatchObject({ code: error.code, message: error.message });

    nc.publish("closed.a", "unseen");
    nc.publish("open.a", "seen");
    await nc.flush();
    expect(kept).toEqual(["seen"]);
    expect(forbidden.pending.messages).toBe(0);
    expect([nc.state, events.types]).toEqual(["connected", ["error"]]);
  });

  test("for one queue group gives an error event with subject and group [SUB-08]", async () => {
    await using nc = await connect(options());
    const events = new EventLog(nc);
    const allowed = nc.subscribe("jobs", { queue: "workers" });
    nc.subscribe("jobs", { queue: "others" });
    const { error } = await events.wait("error");
    expect(error).toMatchObject({ code: "SUBSCRIBE_DENIED", subject: "jobs", queue: "others" });
    nc.publish("jobs", "x");
    expect((await allowed.next({ timeout: 5000 })).string()).toBe("x");
    expect(events.types).toEqual(["error"]);
  });
});

import { describe, expect, test, vi } from "vitest";
import { connect, type Connection, type ConnectOptions, headers } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer, withServer } from "../support/nats-server.ts";

const usual = useServer();
const wide = useServer({ config: "max_control_line: 8192" });
const narrow = useServer({ config: "max_control_line: 512" });

const QUICK = { reconnect: { delay: 10, maxDelay: 50 } };
const TOO_LONG = { name: "ArgumentError", code: "CONTROL_LINE_TOO_LONG" };

/** A subject of so many bytes: half of them in characters of two. */
function subject(size: number): string {
  const part = Math.floor(size / 4);
  return "é".repeat(part) + "a".repeat(size - 2 * part);
}

type Call = (nc: Connection, size: number) => unknown;

// Each makes a line of `size` bytes. The first subscription of a connection has the number 1.
const LINES: [title: string, call: Call][] = [
  ["PUB with a subject", (nc, size) => nc.publish(subject(size - 2), "12345")],
  ["PUB with a text of two-byte characters", (nc, size) => nc.publish(subject(size - 3), "ééééé")],
  ["PUB with a reply subject", (nc, size) => nc.publish("a", "1", { reply: subject(size - 4) })],
  [
    "HPUB with both sizes",
    (nc, size) =>
      // NATS/1.0␍␊a: b␍␊␍␊ is 18 bytes.
      nc.publish(subject(size - 9), "x".repeat(100), { reply: "r", headers: headers({ a: "b" }) }),
  ],
  ["SUB with a subject", (nc, size) => nc.subscribe(subject(size - 2))],
  ["SUB with a queue group", (nc, size) => nc.subscribe("a", { queue: subject(size - 4) })],
];

/** A connection that expects the server to end its link, and hears of it. */
async function connectTo(
  url: string,
  options: ConnectOptions = {},
): Promise<{ nc: Connection; log: EventLog }> {
  const nc = await connect({ servers: url, ...QUICK, ...options });
  return { nc, log: new EventLog(nc) };
}

describe("a line as long as the server's usual limit", () => {
  test.each(LINES)("is taken: %s", async (_title, call) => {
    const { nc, log } = await connectTo(usual.url);
    await using _ = nc;
    call(nc, 4096);
    await nc.flush();
    expect(log.types).toEqual([]);
  });

  test.each(LINES)("and a byte more is refused, before anything is written: %s", async (_title, call) => {
    const { nc, log } = await connectTo(usual.url);
    await using _ = nc;
    expect(thrown(() => call(nc, 4097))).toMatchObject({ ...TOO_LONG, argument: "maxControlLine" });
    expect(nc.stats().outMessages).toBe(0);
    await nc.flush();
    expect(log.types).toEqual([]);
  });

  test.each(LINES)("for the server ends the link there: %s", async (_title, call) => {
    const { nc, log } = await connectTo(usual.url, { maxControlLine: 8192 });
    await using _ = nc;
    call(nc, 4097);
    const { error } = await log.wait("disconnected");
    expect(error.message).toContain("maxControlLine");
  });
});

describe("calls with subjects that are too long", () => {
  test("are refused, each with its subject", async () => {
    const { nc, log } = await connectTo(usual.url);
    await using _ = nc;
    const long = subject(4096);
    const expected = { ...TOO_LONG, subject: long };
    expect(await failure(nc.request(long))).toMatchObject(expected);
    expect(await failure(nc.request(long, "x", { ownInbox: true, timeout: 1000 }))).toMatchObject(expected);
    expect(thrown(() => nc.requestMany(long))).toMatchObject(expected);
    // Its own reply subject comes on top.
    expect(await failure(nc.request(subject(4080)))).toMatchObject(TOO_LONG);
    const sub = nc.subscribe("a");
    nc.publish("a", "x");
    const message = await sub.next();
    expect(thrown(() => nc.forward(message, long))).toMatchObject(expected);
    // JetStream's API has names and filters in its subjects.
    expect(await failure(nc.foundation.requestLiteral(`${long}.>`))).toMatchObject(TOO_LONG);
    expect(log.types).toEqual([]);
    expect((await nc.request("nobody").catch((error: Error) => error.message)) as string).toContain(
      "no responders",
    );
  });

  test("are refused also where the subject is the reply subject of a message", async () => {
    await using other = await connect({ servers: wide.url, maxControlLine: 8192 });
    const { nc, log } = await connectTo(wide.url);
    await using _ = nc;
    const sub = nc.subscribe("a");
    await nc.flush();
    other.publish("a", "x", { reply: subject(5000) });
    const message = await sub.next();
    expect(thrown(() => message.respond("y"))).toMatchObject(TOO_LONG);
    expect(thrown(() => message.respond("y", { headers: { a: "b" } }))).toMatchObject(TOO_LONG);
    expect(thrown(() => nc.forward(message, "b"))).toMatchObject(TOO_LONG);
    expect(log.types).toEqual([]);
  });
});

describe("a server with a higher limit, and `maxControlLine` as high", () => {
  test.each(LINES)("takes longer lines: %s", async (_title, call) => {
    const { nc, log } = await connectTo(wide.url, { maxControlLine: 8192 });
    await using _ = nc;
    call(nc, 8192);
    await nc.flush();
    expect(log.types).toEqual([]);
  });

  test("and a long subscription is restored", async () => {
    const { nc, log } = await connectTo(wide.url, { maxControlLine: 8192 });
    await using _ = nc;
    const sub = nc.subscribe(subject(6000));
    nc.publish(sub.subject, "before");
    expect((await sub.next()).string()).toBe("before");
    await nc.reconnect();
    nc.publish(sub.subject, "after");
    expect((await sub.next()).string()).toBe("after");
    expect(log.types).not.toContain("disconnected");
  });
});

describe("a server with a lower limit", () => {
  test("ends one link for a subscription, which ends with the error; the others go on", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    const long = nc.subscribe(subject(600));
    const other = nc.subscribe(subject(500));
    const read = failure(long.next());
    await log.wait("reconnected");
    const expected = { ...TOO_LONG, subject: long.subject, cause: { code: "CONTROL_LINE_TOO_LONG" } };
    expect(log.of("error")).toMatchObject([{ subscription: long, error: expected }]);
    expect(await read).toMatchObject(expected);
    expect(await long.closed).toMatchObject({ reason: "failed", error: expected });
    nc.publish(other.subject, "on");
    expect((await other.next()).string()).toBe("on");
    expect(log.of("disconnected")).toHaveLength(1);
    const again = thrown(() => nc.subscribe(subject(600)));
    expect(again).toMatchObject(TOO_LONG);
    expect(again.message).toContain("a server takes");
  });

  test("ends one with a callback and a queue group likewise", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    const queue = subject(600);
    const sub = nc.subscribe("a", { queue, callback: () => undefined });
    await log.wait("reconnected");
    expect(log.of("error")).toMatchObject([
      { subscription: sub, error: { ...TOO_LONG, subject: "a", queue } },
    ]);
  });

  test("refuses the longest first, and another only if it is too long as well", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    const subs = [700, 600, 500, 800].map((size) => nc.subscribe(subject(size)));
    await log.wait("reconnected", 3);
    await nc.flush();
    expect(log.of("error").map(({ subscription }) => subscription)).toEqual([subs[3], subs[0], subs[1]]);
    expect(subs[2]!.state).toBe("active");
  });

  test("is told to whoever publishes: from then on it is refused, and no subscription is blamed", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    const sub = nc.subscribe(subject(505));
    await nc.flush();
    nc.publish(subject(600), "x");
    await log.wait("reconnected");
    expect(log.of("error")).toMatchObject([{ error: TOO_LONG }]);
    expect(log.of("error")[0]!.error.message).toContain("lines of 602 bytes and more are refused");
    expect(log.of("disconnected")[0]!.error).toMatchObject({ code: "DISCONNECTED", cause: TOO_LONG });
    expect(thrown(() => nc.publish(subject(600), "x"))).toMatchObject(TOO_LONG);
    nc.publish(sub.subject, "on");
    expect((await sub.next()).string()).toBe("on");
  });

  test("is told of also if the code for that comes when the next link is in use, which is not to blame", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    nc.setServers(wide.url);
    const { code } = nc.parts;
    const loaded = await code.load();
    let come!: (code: typeof loaded) => void;
    const load = vi.spyOn(code, "load").mockReturnValue(new Promise((resolve) => (come = resolve)));
    nc.publish(subject(600), "x");
    await log.wait("reconnected");
    expect(load).toHaveBeenCalled();
    come(loaded);
    expect((await log.wait("error")).error.message).toContain("lines of 602 bytes and more are refused");
    const sub = nc.subscribe(subject(600));
    nc.publish(sub.subject, "taken");
    expect((await sub.next()).string()).toBe("taken");
  });

  test("is remembered, and the next server takes what it takes", async () => {
    const { nc, log } = await connectTo(narrow.url);
    await using _ = nc;
    nc.setServers([narrow.url, wide.url]);
    const long = subject(600);
    nc.publish(long, "x");
    await log.wait("reconnected");
    if (nc.server !== narrow.url) await nc.reconnect();
    expect(thrown(() => nc.publish(long, "x"))).toMatchObject(TOO_LONG);
    await nc.reconnect();
    expect(nc.server).toBe(wide.url);
    const sub = nc.subscribe(long);
    nc.publish(long, "taken");
    expect((await sub.next()).string()).toBe("taken");
    sub.unsubscribe();
    await nc.reconnect();
    expect(nc.server).toBe(narrow.url);
    expect(thrown(() => nc.publish(long, "x"))).toMatchObject(TOO_LONG);
    await nc.flush();
    expect(log.of("disconnected")).toHaveLength(1);
  });

  test("is told what is too long for it, and not what was longer for the server before", async () => {
    const { nc, log } = await connectTo(wide.url);
    await using _ = nc;
    nc.publish(subject(3000), "x");
    await nc.flush();
    nc.setServers([narrow.url]);
    await nc.reconnect();
    nc.publish(subject(600), "x");
    await log.wait("reconnected");
    expect(log.of("error").map(({ error }) => error.message)).toEqual([
      expect.stringContaining("lines of 602 bytes and more"),
    ]);
    expect(thrown(() => nc.publish(subject(600), "x"))).toMatchObject(TOO_LONG);
    await nc.flush();
    expect(log.of("disconnected")).toHaveLength(1);
  });

  test("refuses what waits for a link to it, and was published for a server that takes more", async () => {
    await withServer({ config: "max_control_line: 8192" }, async (other) => {
      const { nc, log } = await connectTo(narrow.url);
      await using _ = nc;
      nc.publish(subject(600), "x");
      await log.wait("reconnected");
      nc.setServers([other.url]);
      await nc.reconnect();
      nc.setServers([narrow.url]);
      const gone = log.wait("disconnected", 2);
      await other.kill();
      await gone;
      nc.publish(subject(600), "waits");
      nc.publish("a", "waits");
      const { replayed, refused } = await log.wait("reconnected", 2);
      expect([replayed, refused]).toEqual([1, 1]);
      expect(log.of("error").at(-1)!.error).toMatchObject({ ...TOO_LONG, subject: subject(600) });
      await nc.flush();
      expect(log.of("disconnected")).toHaveLength(2);
    });
  });

  test("that a move goes to with a long subscription ends that one, and with it no other", async () => {
    const { nc, log } = await connectTo(wide.url);
    await using _ = nc;
    nc.publish(subject(3000), "x");
    const long = nc.subscribe(subject(700));
    const other = nc.subscribe("a");
    await nc.flush();
    nc.setServers([narrow.url]);
    await nc.reconnect();
    await log.wait("reconnected");
    expect(log.of("error").map(({ subscription }) => subscription)).toEqual([long]);
    nc.publish("a", "on");
    expect((await other.next()).string()).toBe("on");
    expect(log.of("disconnected")).toHaveLength(1);
  });

  test("that a move can't go to for the members of a queue group keeps no subscription from going on", async () => {
    const { nc, log } = await connectTo(wide.url);
    await using _ = nc;
    const long = nc.subscribe(subject(700), { queue: "q" });
    await nc.flush();
    nc.setServers([narrow.url]);
    expect(await failure(nc.reconnect())).toMatchObject({ code: "DISCONNECTED" });
    expect(nc.server).toBe(wide.url);
    expect(log.of("error")).toMatchObject([{ error: TOO_LONG }]);
    nc.publish(long.subject, "on");
    expect((await long.next()).string()).toBe("on");
    expect(log.of("disconnected")).toEqual([]);
  });

  test("fails the request whose line it was, and those of an inbox that it does not take", async () => {
    const { nc, log } = await connectTo(narrow.url, { inboxPrefix: "i".repeat(500) });
    await using _ = nc;
    expect(await failure(nc.request("a"))).toMatchObject({ code: "DISCONNECTED", sent: true });
    await log.wait("reconnected");
    expect(await failure(nc.request("a"))).toMatchObject(TOO_LONG);
    expect(nc.state).toBe("connected");
  });

  test("that does not take CONNECT says why", async () => {
    const error = await failure(connect({ servers: narrow.url, name: "n".repeat(600) }));
    expect(error).toMatchObject({ code: "SERVER_ERROR", phase: "auth" });
    expect(error.message).toMatch(/the \d{3} bytes of CONNECT.*max_control_line/);
  });
});

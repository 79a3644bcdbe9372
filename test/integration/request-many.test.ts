import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { connect, type Connection, headers, type RequestManyOptions } from "../../src/index.ts";
import { collect } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";

const access = useServer();

/** Answers each request to `status` with these texts. */
function answerWith(nc: Connection, ...texts: string[]): void {
  nc.subscribe("status", { callback: (m) => texts.forEach((text) => m.respond(text)) });
}

describe("requestMany", () => {
  test("hands out all responses until maxWait, which just ends it", async () => {
    await using nc = await connect(access.url);
    for (const region of ["eu", "us", "ap"]) answerWith(nc, region);
    const texts = await collect(nc.requestMany("status", undefined, { maxWait: 1000 }));
    expect(texts.sort()).toEqual(["ap", "eu", "us"]);
  });

  test("ends after maxWait also without a response", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("status");
    expect(await collect(nc.requestMany("status", undefined, { maxWait: 20 }))).toEqual([]);
  });

  test("has the connection's requestTimeout as maxWait unless it says otherwise", async () => {
    await using nc = await connect({ servers: access.url, requestTimeout: 20 });
    nc.subscribe("status");
    expect(await collect(nc.requestMany("status"))).toEqual([]);
  });

  test("ends after maxMessages at once; further responses go to nobody", async () => {
    await using nc = await connect(access.url);
    const log = new EventLog(nc);
    answerWith(nc, "1", "2", "3", "4");
    expect(await collect(nc.requestMany("status", "x", { maxWait: NEVER, maxMessages: 2 }))).toEqual([
      "1",
      "2",
    ]);
    await nc.flush();
    expect((await nc.request("status")).string()).toBe("1");
    expect(log.types).toEqual([]);
  });

  test("ends when no response comes for stall milliseconds, counted from the first on", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("status", {
      callback: async (m) => {
        // Longer than the stall: before the first response it does not count.
        await sleep(150);
        m.respond("1");
        m.respond("2");
      },
    });
    expect(await collect(nc.requestMany("status", "x", { maxWait: NEVER, stall: 50 }))).toEqual(["1", "2"]);
  });

  test("goes on while responses keep coming within the stall", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("status", {
      callback: async (m) => {
        for (let i = 0; i < 8; i++) {
          m.respond(String(i));
          await sleep(50);
        }
      },
    });
    const responses = nc.requestMany("status", "x", { maxWait: NEVER, stall: 1000 });
    expect(await collect(responses)).toHaveLength(8);
  });

  test("ends with the end mark that the sentinel recognises, which is not handed out", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2", "", "late");
    const seen: string[] = [];
    const sentinel: RequestManyOptions["sentinel"] = (m) => {
      seen.push(m.string());
      return m.size === 0;
    };
    expect(await collect(nc.requestMany("status", "x", { maxWait: NEVER, sentinel }))).toEqual(["1", "2"]);
    expect(seen).toEqual(["1", "2", ""]);
  });

  test("may end with the first response being the end mark", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "");
    const responses = nc.requestMany("status", "x", { maxWait: NEVER, sentinel: (m) => m.size === 0 });
    expect(await collect(responses)).toEqual([]);
  });

  test('ends with an empty response with sentinel: "empty", which is not handed out', async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2", "", "late");
    expect(await collect(nc.requestMany("status", "x", { maxWait: NEVER, sentinel: "empty" }))).toEqual([
      "1",
      "2",
    ]);
    const options = { sentinel: "none" } as object;
    expect(thrown(() => nc.requestMany("status", "x", options))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "sentinel",
    });
  });

  test("can be disposed, also if its loop never began", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2");
    {
      await using responses = nc.requestMany("status", "x", { maxWait: NEVER });
      expect(responses).toBeDefined();
    }
    expect(nc.stats().outMessages).toBe(0);
    const begun = nc.requestMany("status", "x", { maxWait: NEVER });
    {
      await using responses = begun;
      expect((await responses.next()).value?.string()).toBe("1");
    }
    expect(await begun.next()).toEqual({ value: undefined, done: true });
    // Nothing waits any more.
    expect(await nc.drain({ timeout: NEVER })).toMatchObject({ timedOut: false });
  });

  test("throws what the sentinel throws, as HANDLER_FAILED", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1");
    const cause = new Error("broken");
    const sentinel = (): boolean => {
      throw cause;
    };
    const error = await failure(collect(nc.requestMany("status", "x", { maxWait: NEVER, sentinel })));
    expect(error).toMatchObject({ code: "HANDLER_FAILED", subject: "status", cause });
  });

  test("throws NO_RESPONDERS at once when nobody listens", async () => {
    await using nc = await connect(access.url);
    const error = await failure(collect(nc.requestMany("nobody.home", "x", { maxWait: NEVER })));
    expect(error).toMatchObject({ name: "NoRespondersError", code: "NO_RESPONDERS", subject: "nobody.home" });
  });

  test("throws when the signal aborts, with the reason; what has come before is handed out first", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2");
    const controller = new AbortController();
    const { signal } = controller;
    const responses = nc.requestMany("status", "x", { maxWait: NEVER, signal });
    expect((await responses.next()).value?.string()).toBe("1");
    await nc.flush();
    controller.abort(new Error("enough"));
    expect((await responses.next()).value?.string()).toBe("2");
    const error = await failure(responses.next());
    expect(error).toMatchObject({ code: "ABORTED", subject: "status" });
    expect(error.cause).toBe(signal.reason);
    expect(await responses.next()).toEqual({ value: undefined, done: true });
  });

  test("throws when the signal aborts while a response is awaited", async () => {
    await using nc = await connect(access.url);
    const asked = nc.subscribe("status");
    const controller = new AbortController();
    const options = { maxWait: NEVER, signal: controller.signal };
    const waiting = failure(collect(nc.requestMany("status", "x", options)));
    await asked.next({ timeout: 5000 });
    controller.abort("stop");
    expect(await waiting).toMatchObject({ code: "ABORTED", cause: "stop" });
  });

  test("sends nothing when the signal has aborted", async () => {
    await using nc = await connect(access.url);
    const error = await failure(nc.requestMany("status", "x", { signal: AbortSignal.abort("stop") }).next());
    expect(error).toMatchObject({ code: "ABORTED", cause: "stop" });
    expect(nc.stats().outMessages).toBe(0);
  });

  test("sends its request when the loop begins, and once", async () => {
    await using nc = await connect(access.url);
    const asked = nc.subscribe("status");
    const responses = nc.requestMany("status", "hello", { maxWait: NEVER, headers: headers({ A: "b" }) });
    await nc.flush();
    expect(nc.stats().outMessages).toBe(0);
    const next = [responses.next(), responses.next()];
    const request = await asked.next({ timeout: 5000 });
    expect([request.string(), request.headers?.get("A")]).toEqual(["hello", "b"]);
    expect(request.reply).toMatch(/^_INBOX\.\w{22}\.\w{8}$/);
    request.respond("1");
    request.respond("2");
    expect((await Promise.all(next)).map(({ value }) => value?.string())).toEqual(["1", "2"]);
    expect(asked.pending.messages).toBe(0);
    await responses.return?.();
  });

  test("sends what it was given, whatever becomes of the array before the loop begins", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
    const payloads = [new Uint8Array(100), Buffer.alloc(100_000)];
    const responses = payloads.map((payload) => nc.requestMany("echo", payload, { maxMessages: 1 }));
    for (const payload of payloads) payload.fill(1);
    for (const each of responses) {
      const { value } = await each.next();
      expect(value?.data.every((byte) => byte === 0)).toBe(true);
    }
  });

  test("sends nothing when it is left before it began", async () => {
    await using nc = await connect(access.url);
    const responses = nc.requestMany("status");
    await responses.return?.();
    expect(await responses.next()).toEqual({ value: undefined, done: true });
    expect(nc.stats().outMessages).toBe(0);
  });

  test("ends when the loop is left, and with it whoever still waits", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2");
    const responses = nc.requestMany("status", "x", { maxWait: NEVER });
    for await (const response of responses) {
      expect(response.string()).toBe("1");
      break;
    }
    expect(await responses.next()).toEqual({ value: undefined, done: true });

    const again = nc.requestMany("silent", "x", { maxWait: NEVER });
    nc.subscribe("silent");
    const waiting = again.next();
    await again.return?.();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  test("runs side by side with other requests on one inbox", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("status", {
      callback: (m) => {
        for (let i = 0; i < 3; i++) m.respond(`${m.string()}${i}`);
      },
    });
    const ask = (text: string): Promise<string[]> =>
      collect(nc.requestMany("status", text, { maxWait: NEVER, maxMessages: 3 }));
    const [a, b, one] = await Promise.all([ask("a"), ask("b"), nc.request("status", "c")]);
    expect([a, b, one.string()]).toEqual([["a0", "a1", "a2"], ["b0", "b1", "b2"], "c0"]);
  });

  test("hands out what a slow reader has not read yet also after the end", async () => {
    await using nc = await connect(access.url);
    answerWith(nc, "1", "2", "3");
    const responses = nc.requestMany("status", "x", { maxWait: NEVER, maxMessages: 3 });
    expect((await responses.next()).value?.string()).toBe("1");
    await nc.flush();
    await nc.close();
    expect(await collect(responses)).toEqual(["2", "3"]);
  });

  test("throws SLOW_CONSUMER when more responses wait than the limit allows", async () => {
    await using nc = await connect({ servers: access.url, pending: { messages: 10 } });
    answerWith(nc, ...Array.from({ length: 20 }, (_, i) => String(i)));
    const responses = nc.requestMany("status", "x", { maxWait: NEVER });
    await responses.next();
    await nc.flush();
    const error = await failure(collect(responses));
    expect(error).toMatchObject({ code: "SLOW_CONSUMER", subject: "status" });
  });

  test("throws what a publish throws", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({
      servers: proxy.url,
      reconnect: QUICK_RECONNECT,
      whileDisconnected: "throw",
    });
    const log = new EventLog(nc);
    proxy.refuse();
    proxy.cut();
    await log.wait("disconnected");
    const error = await failure(collect(nc.requestMany("status", "x", { maxWait: NEVER })));
    expect(error).toMatchObject({ code: "DISCONNECTED", sent: false, subject: "status" });
    const responses = nc.requestMany("status", "x");
    await nc.close();
    const expected = { code: "CONNECTION_CLOSED", subject: "status" };
    expect(await failure(collect(responses))).toMatchObject(expected);
    expect(thrown(() => nc.requestMany("status", "x"))).toMatchObject(expected);
  });

  test("throws DISCONNECTED when the link is lost, after what has come [R60]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      answerWith(nc, "1", "2");
      const responses = nc.requestMany("status", "x", { maxWait: NEVER });
      expect((await responses.next()).value?.string()).toBe("1");
      await nc.flush();
      await server.kill();
      await log.wait("disconnected");
      expect((await responses.next()).value?.string()).toBe("2");
      const error = await failure(responses.next());
      expect(error).toMatchObject({ code: "DISCONNECTED", sent: true, subject: "status" });
    });
  });

  test("throws CONNECTION_CLOSED when the connection closes [R62]", async () => {
    await using nc = await connect(access.url);
    const asked = nc.subscribe("status");
    const waiting = failure(collect(nc.requestMany("status", "x", { maxWait: NEVER })));
    await asked.next({ timeout: 5000 });
    await nc.close();
    expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED", subject: "status" });
  });

  test("made while there is no link is sent with the next", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      answerWith(nc, "1", "2");
      await server.kill();
      await log.wait("disconnected");
      const waiting = collect(nc.requestMany("status", "x", { maxWait: NEVER, maxMessages: 2 }));
      await server.restart();
      expect(await waiting).toEqual(["1", "2"]);
    });
  });

  test("leaves nothing behind, however it ends [REQ-16]", async () => {
    await expectNoLeak(async () => {
      await using nc = await connect(access.url);
      answerWith(nc, "1", "2");
      nc.subscribe("silent", { callback: () => {} });
      const signal = AbortSignal.timeout(30);
      await collect(nc.requestMany("status", "x", { maxWait: NEVER, maxMessages: 1, stall: NEVER }));
      await collect(nc.requestMany("status", "x", { maxWait: NEVER, stall: 20 }));
      await failure(collect(nc.requestMany("silent", "x", { maxWait: NEVER, signal })));
      await failure(collect(nc.requestMany("nobody.home", "x", { maxWait: NEVER })));
      thrown(() => nc.requestMany("status", "x".repeat(2 * 1024 * 1024), { maxWait: NEVER }));
      const left = nc.requestMany("status", "x", { maxWait: NEVER, stall: NEVER });
      await left.next();
      await left.return?.();
      // Nothing waits any more: a drain has nothing to wait for either.
      expect(await nc.drain({ timeout: NEVER })).toMatchObject({ timedOut: false });
    });
  });
});

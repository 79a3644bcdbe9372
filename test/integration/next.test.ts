import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { collect, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { useServer, withServer } from "../support/nats-server.ts";

const access = useServer();

describe("next()", () => {
  test("gives what is queued at once, even with the timeout 0, in order [NEXT-02]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    publishNumbers(nc, "next", 2);
    await nc.flush();
    expect((await sub.next({ timeout: 0 })).string()).toBe("1");
    expect((await sub.next()).string()).toBe("2");
  });

  test("waits for the first to come", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const waiting = [sub.next({ timeout: 10_000 }), sub.next()];
    publishNumbers(nc, "next", 2);
    const messages = await Promise.all(waiting);
    expect(messages.map((m) => m.string())).toEqual(["1", "2"]);
  });

  test("counts what it gives as delivered, and pending no longer [NEXT-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    nc.publish("next", "abc");
    nc.publish("next", "de");
    await nc.flush();
    await sub.next();
    expect([sub.delivered, sub.pending]).toEqual([1, { messages: 1, bytes: 2 }]);
    await sub.next();
    const waiting = sub.next();
    nc.publish("next", "f");
    await waiting;
    expect([sub.delivered, sub.pending]).toEqual([3, { messages: 0, bytes: 0 }]);
  });

  test("rejects with TIMEOUT, subject and time, and takes no message with it [NEXT-02]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    await expect(sub.next({ timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT", subject: "next" });
    await expect(sub.next({ timeout: 20 })).rejects.toMatchObject({
      code: "TIMEOUT",
      subject: "next",
      elapsed: expect.any(Number),
    });
    nc.publish("next", "late");
    expect((await sub.next()).string()).toBe("late");
  });

  test("ends with its signal, whose reason is the cause, and takes no message with it [NEXT-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const controller = new AbortController();
    const waiting = sub.next({ signal: controller.signal, timeout: 10_000 });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", subject: "next", cause: reason });
    nc.publish("next", "late");
    expect((await sub.next()).string()).toBe("late");
  });

  test("with a signal that is aborted already rejects at once [NEXT-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const reason = new Error("enough");
    const waiting = sub.next({ signal: AbortSignal.abort(reason) });
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  });

  test("with a signal that is aborted already rejects although a message waits, and leaves it there [NEXT-10]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    nc.publish("next", "x");
    await nc.flush();
    const waiting = sub.next({ signal: AbortSignal.abort() });
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED" });
    expect((await sub.next()).string()).toBe("x");
  });

  test("leaves no listener at its signal", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    signal.addEventListener = (_type: string, listener: unknown) => void listeners.add(listener);
    signal.removeEventListener = (_type: string, listener: unknown) => void listeners.delete(listener);
    const first = sub.next({ signal });
    expect(listeners.size).toBe(1);
    nc.publish("next", "x");
    await first;
    await expect(sub.next({ signal, timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT" });
    const last = sub.next({ signal });
    sub.unsubscribe();
    await expect(last).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    expect(listeners.size).toBe(0);
  });

  test("rejects with NO_RESPONDERS when the message says so [NEXT-06]", async () => {
    await using nc = await connect(access.url);
    const inbox = nc.newInbox();
    const sub = nc.subscribe(inbox);
    nc.publish("nobody.listens", "?", { reply: inbox });
    await nc.flush();
    expect(sub.pending.messages).toBe(1);
    await expect(sub.next()).rejects.toMatchObject({ code: "NO_RESPONDERS" });
    expect([sub.delivered, sub.pending.messages]).toEqual([1, 0]);
  });

  test.each([{ timeout: -1 }, { timeout: Number.NaN }, { signal: {} }, { timeOut: 1 }])(
    "refuses %j as INVALID_OPTION",
    async (options) => {
      await using nc = await connect(access.url);
      const sub = nc.subscribe("next");
      const ask = async (): Promise<unknown> => await sub.next(options as { timeout: number });
      await expect(ask()).rejects.toMatchObject({
        code: "INVALID_OPTION",
        argument: Object.keys(options)[0],
      });
    },
  );

  test("is refused by a subscription with a callback [NEXT-01]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next", { callback: () => {} });
    const ask = async (): Promise<unknown> => await sub.next();
    await expect(ask()).rejects.toMatchObject({ code: "SUBSCRIPTION_HAS_CALLBACK", subject: "next" });
  });
});

describe("next() and max", () => {
  test("gives the message that reaches it, then rejects with MAX_MESSAGES_DELIVERED [NEXT-01] [NEXT-04]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next", { max: 2 });
    publishNumbers(nc, "next", 4);
    expect((await sub.next()).string()).toBe("1");
    expect((await sub.next()).string()).toBe("2");
    expect(await sub.closed).toEqual({ reason: "max", abandoned: 0 });
    for (let i = 0; i < 2; i++) {
      await expect(sub.next()).rejects.toMatchObject({ code: "MAX_MESSAGES_DELIVERED", subject: "next" });
    }
  });

  test("of several callers at once gives max messages in all; the others are told [NEXT-05]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next", { max: 3 });
    const waiting = Array.from({ length: 5 }, () => sub.next());
    publishNumbers(nc, "next", 5);
    const results = await Promise.allSettled(waiting);
    const outcomes = results.map((result) =>
      result.status === "fulfilled" ? result.value.string() : (result.reason as { code: string }).code,
    );
    expect(outcomes).toEqual(["1", "2", "3", "MAX_MESSAGES_DELIVERED", "MAX_MESSAGES_DELIVERED"]);
    expect(sub.delivered).toBe(3);
  });
});

describe("next() and the end", () => {
  test("rejects after an unsubscribe, and so do the callers that wait [NEXT-01] [NEXT-07] [SUB-22]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const waiting = [sub.next(), sub.next({ timeout: 10_000 })];
    sub.unsubscribe();
    for (const call of [...waiting, sub.next()]) {
      await expect(call).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED", subject: "next" });
    }
  });

  test("rejects after a close, and so do the callers that wait [NEXT-01] [NEXT-07]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const waiting = [sub.next(), sub.next({ timeout: 10_000 })];
    const closing = nc.close();
    for (const call of [...waiting, sub.next()]) {
      await expect(call).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    }
    await closing;
  });

  test("gives up with the connection what was queued, and says why, also when max was reached [NEXT-01] [CLOSE-03]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next", { max: 3 });
    publishNumbers(nc, "next", 3);
    await nc.flush();
    await sub.next();
    await nc.close();
    await expect(sub.next()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(await sub.closed).toMatchObject({ abandoned: 2 });
  });

  test("says of a subscription that was drained that it is closed", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next");
    const waiting = sub.next();
    await sub.drain();
    await expect(waiting).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
    await expect(sub.next()).rejects.toMatchObject({ code: "SUBSCRIPTION_CLOSED" });
  });

  test("goes on waiting while the connection is away [NEXT-09]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: { delay: 10, maxDelay: 50 } });
      const events = new EventLog(nc);
      const sub = nc.subscribe("next");
      let settled = false;
      const waiting = sub.next().finally(() => (settled = true));
      await nc.flush();
      await server.kill();
      await events.wait("disconnected");
      const second = sub.next({ timeout: 20_000 });
      await server.restart();
      await events.wait("reconnected");
      expect(settled).toBe(false);
      publishNumbers(nc, "next", 2);
      expect((await waiting).string()).toBe("1");
      expect((await second).string()).toBe("2");
    });
  });

  test("leaves the rest to a loop", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("next", { max: 3 });
    publishNumbers(nc, "next", 3);
    expect((await sub.next()).string()).toBe("1");
    expect(await collect(sub)).toEqual(["2", "3"]);
  });
});

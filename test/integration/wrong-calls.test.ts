import { beforeEach, describe, expect, test } from "vitest";
import { connect, type Connection, headers, type Subscription, type WaitOptions } from "../../src/index.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";

const access = useServer();

let nc: Connection;
let sub: Subscription;

beforeEach(async () => {
  nc = await connect(access.url);
  sub = nc.subscribe("existing");
  return () => nc.close();
});

/** A value that TypeScript would not let through. */
function untyped(value: unknown): never {
  return value as never;
}

describe("an option that another client knows by another name", () => {
  test.each<[given: object, hint: string]>([
    [{ pass: "s3cret" }, `here it is "password"`],
    [{ port: 4222 }, `here it is "servers"`],
    [{ maxReconnectAttempts: -1 }, "here it is reconnect: { maxAttempts }"],
    [{ reconnectTimeWait: 2000 }, "here it is reconnect: { delay, maxDelay }"],
    [{ waitOnFirstConnect: true }, "here it is reconnect: { firstConnect: true }"],
    [{ noEcho: true }, "echo: false"],
    [{ noRandomize: true }, "randomize: false"],
    [{ ignoreClusterUpdates: true }, "discoverServers: false"],
    [{ debug: true }, "NODE_DEBUG=natspeed"],
    [{ urls: [] }, `here it is "servers"`],
    [{ username: "a" }, `here it is "user"`],
  ])("%j of connect is answered with the one here", async (given, hint) => {
    const error = await failure(connect(given));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: Object.keys(given)[0] });
    expect(error.message).toContain(hint);
    expect(error.message).not.toContain("s3cret");
  });

  test.each<[title: string, call: () => unknown, hint: string]>([
    ["request", () => nc.request("a", "x", untyped({ noMux: true })), `here it is "ownInbox"`],
    ["requestMany", () => nc.requestMany("a", "x", untyped({ strategy: "count" })), "maxMessages"],
    ["subscribe", () => nc.subscribe("a", untyped({ cb: () => {} })), `here it is "callback"`],
  ])("of %s is answered too", async (_title, call, hint) => {
    const error = await failure(Promise.resolve().then(call));
    expect(error.message).toContain(hint);
  });
});

describe("a function", () => {
  const callback = (): string => "the source of the callback";

  test("as options of subscribe is told its place, and its source is not printed", async () => {
    const error = thrown(() => nc.subscribe("a", untyped(callback)));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "options" });
    expect(error.message).toContain("subscribe(subject, { callback })");
    expect(error.message).not.toContain("the source");
  });

  test("of an error and a message, as nats.js takes it, is no callback", async () => {
    const error = thrown(() =>
      nc.subscribe("a", { callback: untyped((_error: unknown, _m: unknown) => {}) }),
    );
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "callback" });
    expect(error.message).toContain("one argument, the message");
  });

  test("is never printed as the value of an option", async () => {
    const errors = [
      thrown(() => nc.publish("a", "x", untyped(callback))),
      thrown(() => nc.publish("a", "x", { reply: untyped(callback) })),
      thrown(() => nc.subscribe("a", { max: untyped(callback) })),
      await failure(nc.flush({ timeout: untyped(callback) })),
      await failure(connect({ reconnect: { jitter: untyped(callback) } })),
      await failure(connect({ lameDuck: untyped(callback) })),
      await failure(connect({ servers: untyped(callback) })),
    ];
    for (const { message } of errors) {
      expect(message).toContain("a function");
      expect(message).not.toContain("the source");
    }
  });
});

describe("what has no options to be read is refused in their place:", () => {
  const { signal } = new AbortController();
  class Inherited {
    get timeout(): number {
      return 1000;
    }
  }

  test.each<[title: string, call: () => unknown, kind: string]>([
    ["a URL, of connect", () => connect(untyped(new URL(access.url))), "a URL"],
    ["a list of servers, of connect", () => connect(untyped([access.url])), "an array"],
    ["headers, of publish", () => nc.publish("a", "x", untyped(headers({ a: "b" }))), "a MessageHeaders"],
    ["headers, of request", () => nc.request("a", "x", untyped(headers({ a: "b" }))), "a MessageHeaders"],
    ["a map of headers, of publish", () => nc.publish("a", "x", untyped(new Map([["a", "b"]]))), "a Map"],
    ["a signal, of flush", () => nc.flush(untyped(signal)), "a AbortSignal"],
    ["a signal, of request", () => nc.request("a", "x", untyped(signal)), "a AbortSignal"],
    ["an object with getters, of next", () => sub.next(untyped(new Inherited())), "a Inherited"],
  ])("%s", async (_title, call, kind) => {
    const error = await failure(Promise.resolve().then(call));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "options" });
    expect(error.message).toContain(`not ${kind}`);
  });

  test("an AbortController in place of its signal is told so", async () => {
    const error = await failure(nc.flush({ signal: untyped(new AbortController()) }));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "signal" });
    expect(error.message).toContain("pass its signal");
  });

  test("but not an object without options, whatever it was made by", async () => {
    for (const none of [{}, Object.create(null) as object, { timeout: undefined }]) await nc.flush(none);
  });
});

describe("a call that returns a promise", () => {
  test.each<[title: string, call: (wrong: WaitOptions) => Promise<unknown>]>([
    ["flush", (wrong) => nc.flush(wrong)],
    ["ready", (wrong) => nc.ready(wrong)],
    ["rtt", (wrong) => nc.rtt(wrong)],
    ["reconnect", (wrong) => nc.reconnect(wrong)],
    ["drain", (wrong) => nc.drain(wrong)],
    ["once", (wrong) => nc.once("closed", wrong)],
    ["request", (wrong) => nc.request("a", "x", wrong)],
    ["next", (wrong) => sub.next(wrong)],
    ["drain of a subscription", (wrong) => sub.drain(wrong)],
  ])("%s rejects for wrong options, and never throws", async (_title, call) => {
    for (const wrong of [{ timeout: "soon" }, { timout: 1 }, null, 7]) {
      let promise: Promise<unknown> | undefined;
      expect(() => (promise = call(untyped(wrong)))).not.toThrow();
      expect(await failure(promise!)).toMatchObject({ name: "ArgumentError", code: "INVALID_OPTION" });
    }
    expect(nc.state).toBe("connected");
  });

  test("next rejects too where there is a callback", async () => {
    const taken = nc.subscribe("a", { callback: () => {} });
    expect(await failure(taken.next())).toMatchObject({ code: "SUBSCRIPTION_HAS_CALLBACK" });
  });
});

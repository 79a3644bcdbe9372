import { AsyncLocalStorage } from "node:async_hooks";
import { channel, subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, test } from "vitest";
import {
  connect,
  type Connection,
  type ConnectionEvent,
  type Message,
  type MessageHeaders,
} from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { useServer } from "../support/nats-server.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const access = useServer();

interface Call {
  readonly connection: Connection;
  readonly subject: string;
  readonly reply?: string;
  readonly headers: MessageHeaders;
  readonly message: Message;
  readonly result?: unknown;
  readonly error?: unknown;
}

type Watch = { readonly [Step in "start" | "end" | "asyncEnd" | "error"]?: (call: Call) => void };

const undo: (() => unknown)[] = [];
afterEach(() => undo.splice(0).forEach((step) => step()));

/** Until the end of the test. */
function watch(name: string, steps: Watch): void {
  for (const [step, hear] of Object.entries(steps)) {
    const id = `tracing:natspeed:${name}:${step}`;
    const listener = (call: unknown): void => hear(call as Call);
    subscribe(id, listener);
    undo.push(() => void unsubscribe(id, listener));
  }
}

/** The steps of each call, as `subject: step`. */
function record(name: string): string[] {
  const steps: string[] = [];
  const note = (step: string) => (call: Call) =>
    void steps.push(`${call.subject ?? call.message.subject}: ${step}`);
  watch(name, { start: note("start"), end: note("end"), asyncEnd: note("asyncEnd"), error: note("error") });
  return steps;
}

describe("who watches", () => {
  test("changes nothing about wrong options: other clients' names are answered with ours", async () => {
    await using nc = await connect(access.url);
    const wrong = { noMux: true } as never;
    const before = (await failure(nc.request("a", undefined, wrong))).message;
    expect(before).toContain("here it is");
    record("request");
    expect((await failure(nc.request("a", undefined, wrong))).message).toBe(before);
  });

  test("publishes hears of each, responses and failures included, and can add headers", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("watched.*");
    nc.subscribe("ask", { callback: (m) => m.respond("answer") });
    const steps = record("publish");
    watch("publish", { start: ({ headers }) => void headers.set("traceparent", "00-1") });
    const given = { headers: { A: "1" } };
    nc.publish("watched.a", "hello", given);
    nc.publish("watched.b");
    const [a, b] = [await sub.next(), await sub.next()];
    expect([...a.headers!]).toEqual([
      ["A", "1"],
      ["traceparent", "00-1"],
    ]);
    expect(b.headers?.get("traceparent")).toBe("00-1");
    expect(given).toEqual({ headers: { A: "1" } });
    const reply = await nc.request("ask");
    expect(reply.headers?.get("traceparent")).toBe("00-1");
    expect(thrown(() => nc.publish("no good")).code).toBe("INVALID_SUBJECT");
    const told = (subject: string): string[] => [`${subject}: start`, `${subject}: end`];
    expect(steps).toEqual([
      ...told("watched.a"),
      ...told("watched.b"),
      ...told(reply.subject),
      "no good: start",
      "no good: error",
      "no good: end",
    ]);
  });

  test("publishes hears of forwarded messages, and can add headers; otherwise they go as they came", async () => {
    await using nc = await connect(access.url);
    const to = nc.subscribe("to");
    let isTraced = false;
    nc.subscribe("from", { callback: (m) => nc.forward(m, "to") });
    const steps = record("publish");
    watch("publish", {
      start: ({ subject, headers }) =>
        void (isTraced && subject === "to" && headers.set("traceparent", "00-3")),
    });
    const given = { headers: { B: "2", a: "1" }, reply: "back" };
    nc.publish("from", "one", given);
    const plain = await to.next({ timeout: 10_000 });
    isTraced = true;
    nc.publish("from", "two", given);
    nc.publish("from", "three");
    const traced = [await to.next({ timeout: 10_000 }), await to.next({ timeout: 10_000 })];
    expect([plain.string(), plain.reply, [...plain.headers!]]).toEqual([
      "one",
      "back",
      [
        ["B", "2"],
        ["a", "1"],
      ],
    ]);
    expect(traced.map((m) => [m.string(), m.headers?.get("a"), m.headers?.get("traceparent")])).toEqual([
      ["two", "1", "00-3"],
      ["three", undefined, "00-3"],
    ]);
    expect(steps.filter((step) => step === "to: start")).toHaveLength(3);
  });

  test("requests hears of the response or the failure, and can add headers", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("ask", { callback: (m) => m.respond(m.headers?.get("traceparent")) });
    const steps = record("request");
    const ends: unknown[] = [];
    watch("request", {
      start: ({ headers }) => void headers.set("traceparent", "00-2"),
      asyncEnd: ({ result, error }) => void ends.push(error ?? (result as Message).string()),
    });
    expect((await nc.request("ask")).string()).toBe("00-2");
    const error = await failure(nc.request("nobody.home"));
    expect(error.code).toBe("NO_RESPONDERS");
    expect(ends).toEqual(["00-2", error]);
    expect(steps.filter((step) => !step.endsWith(": end"))).toEqual([
      "ask: start",
      "ask: asyncEnd",
      "nobody.home: start",
      "nobody.home: error",
      "nobody.home: asyncEnd",
    ]);
    // What is wrong stays wrong.
    expect((await failure(nc.request("ask", "", 7 as never))).code).toBe("INVALID_OPTION");
  });

  test("requestMany hears of the loop, from its request to its end or failure, and can add headers", async () => {
    await using nc = await connect(access.url);
    nc.subscribe("ask.*", {
      callback: (m) => {
        m.respond(m.headers?.get("traceparent"));
        m.respond(m.data);
      },
    });
    const steps = record("request");
    const ends: unknown[] = [];
    watch("request", {
      start: ({ headers }) => void headers.set("traceparent", "00-2"),
      asyncEnd: ({ result, error }) => void ends.push(error ?? result),
    });
    const array = new Uint8Array([49]);
    const whole = nc.requestMany("ask.whole", array, { maxMessages: 2 });
    array[0] = 50;
    expect(steps).toEqual([]);
    const seen: string[] = [];
    for await (const m of whole) seen.push(m.string());
    expect(seen).toEqual(["00-2", "1"]);
    for await (const m of nc.requestMany("ask.left", "x", { maxMessages: 2 })) {
      expect(m.string()).toBe("00-2");
      break;
    }
    await nc.requestMany("ask.never").return();
    const error = await failure(nc.requestMany("nobody.home", "x").next());
    expect(error.code).toBe("NO_RESPONDERS");
    await eventually(() => expect(ends).toEqual([2, 1, error]));
    expect(steps.filter((step) => !step.endsWith(": end"))).toEqual([
      "ask.whole: start",
      "ask.whole: asyncEnd",
      "ask.left: start",
      "ask.left: asyncEnd",
      "nobody.home: start",
      "nobody.home: error",
      "nobody.home: asyncEnd",
    ]);
    expect(thrown(() => nc.requestMany("no good")).code).toBe("INVALID_SUBJECT");
    expect(thrown(() => nc.requestMany("ask.a", "", { maxwait: 1 } as never)).code).toBe("INVALID_OPTION");
  });

  test("handlers is around each: what they do belongs to the message", async () => {
    const store = new AsyncLocalStorage<string>();
    const { start } = tracingChannel<unknown, Call>("natspeed:deliver");
    start.bindStore(store, ({ message }) => message.string());
    undo.push(() => {
      start.unbindStore(store);
      // See the leak check.
      store.disable();
    });
    const steps = record("deliver");
    await using nc = await connect({ servers: access.url, warnings: false });
    const seen: (string | undefined)[] = [];
    nc.subscribe("sync", { callback: () => void seen.push(store.getStore()) });
    nc.subscribe("async", {
      callback: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(store.getStore());
      },
    });
    nc.subscribe("throws", {
      callback: () => {
        throw new Error("broken");
      },
    });
    nc.publish("sync", "one");
    nc.publish("throws", "two");
    nc.publish("async", "three");
    await nc.flush();
    await nc.barrier();
    expect(seen).toEqual(["one", "three"]);
    expect(steps).toEqual([
      "sync: start",
      "sync: end",
      "throws: start",
      "throws: error",
      "throws: end",
      "async: start",
      "async: end",
      "async: asyncEnd",
    ]);
    expect(store.getStore()).toBeUndefined();
  });

  test("connects and events hears of an outage, which counts as nobody's listening", async () => {
    const events: string[] = [];
    const listener = (told: unknown): void =>
      void events.push((told as { event: ConnectionEvent }).event.type);
    channel("natspeed:event").subscribe(listener);
    undo.push(() => channel("natspeed:event").unsubscribe(listener));
    const connected: unknown[] = [];
    watch("connect", { asyncEnd: ({ result, error }) => void connected.push(error ?? result) });
    await using server = await ScriptedServer.start(acceptAll());
    const nc = await connect({ servers: server.url, password: "p", user: "joe" });
    server.peers[0]!.destroy();
    await nc.once("reconnected");
    await nc.close();
    await expect.poll(() => events).toEqual(["disconnected", "reconnecting", "reconnected", "closed"]);
    const error = await failure(connect({ servers: "nats://127.0.0.1:1", timeout: 1000 }));
    expect(connected).toEqual([nc, error]);
  });

  test("a server without headers is sent none of a tracer's", async () => {
    watch("publish", { start: ({ headers }) => void headers.set("traceparent", "00-1") });
    await using server = await ScriptedServer.start(acceptAll(undefined, { headers: false }));
    await using nc = await connect(server.url);
    nc.publish("plain", "hello");
    await nc.flush();
    expect(server.peers[0]!.received).toContain("PUB plain 5\r\nhello\r\n");
  });
});

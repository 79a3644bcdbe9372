import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  connect,
  type Connection,
  type ConnectionEvent,
  type ConnectionEventType,
  type EventOf,
} from "../../src/index.ts";
import { acceptAll, answerPings } from "../support/client-operations.ts";
import { failure, thrown } from "../support/failure.ts";
import { EventLog } from "../support/event-log.ts";
import { Gate } from "../support/gate.ts";
import { SCHEME, useServer, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const TYPES: readonly ConnectionEventType[] = [
  "disconnected",
  "reconnecting",
  "reconnected",
  "closed",
  "error",
  "handlerError",
  "slowConsumer",
  "lameDuck",
  "discovered",
  "missed",
];

const access = useServer();

/** A connection whose link can be cut. */
async function withProxy(body: (nc: Connection, proxy: Proxy) => Promise<void>): Promise<void> {
  await using proxy = await Proxy.start(access.server.port);
  await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
  await body(nc, proxy);
}

/** A connection to a server that says what it is told to. */
async function withScript(
  body: (nc: Connection, say: (words: string) => void) => Promise<void>,
): Promise<void> {
  await using server = await ScriptedServer.start(acceptAll());
  await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
  await body(nc, (words) => server.peers.at(-1)!.send(words));
}

describe("listeners", () => {
  test("hear the events of their type in order, closed last [CB-05] [CB-06]", async () => {
    await withProxy(async (nc, proxy) => {
      const heard: ConnectionEvent[] = [];
      for (const type of TYPES) nc.on(type, (event) => void heard.push(event));
      const log = new EventLog(nc);
      nc.subscribe("work", {
        callback: () => {
          throw new Error("broken");
        },
      });
      nc.publish("work");
      await log.wait("handlerError");
      for (let i = 1; i <= 3; i++) {
        proxy.cut();
        await log.wait("reconnected", i);
      }
      await nc.close();
      await log.wait("closed");
      await expect.poll(() => heard.length).toBe(log.all.length);
      expect(heard).toEqual(log.all);
      const outage = ["disconnected", "reconnecting", "reconnected"];
      expect(log.types).toEqual(["handlerError", ...outage, ...outage, ...outage, "closed"]);
    });
  });

  test("are called one at a time: a promise is awaited before that listener is told the next event, and nobody else waits [CB-02] [CB-03]", async () => {
    await withProxy(async (nc, proxy) => {
      const gate = new Gate();
      const heard: string[] = [];
      nc.on("disconnected", async () => {
        heard.push("disconnected begins");
        await gate.opened;
        heard.push("disconnected ends");
      });
      nc.on("disconnected", () => void heard.push("disconnected for another"));
      nc.on("reconnected", () => void heard.push("reconnected"));
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      const log = new EventLog(nc);
      proxy.cut();
      await log.wait("reconnected");
      // The connection is back and works while the first listener is still busy.
      expect((await nc.request("echo", "hello")).string()).toBe("hello");
      const others = ["disconnected begins", "disconnected for another", "reconnected"];
      expect(heard).toEqual(others);
      proxy.cut();
      await log.wait("reconnected", 2);
      await expect.poll(() => heard.length).toBe(5);
      expect(heard.slice(3)).toEqual(others.slice(1));
      gate.open();
      await expect.poll(() => heard.length).toBe(8);
      expect(heard.slice(5)).toEqual(["disconnected ends", "disconnected begins", "disconnected ends"]);
    });
  });

  test("hear closed after everything before it, also if they are slow, and nothing after it [CB-05] [CB-06]", async () => {
    await withScript(async (nc, say) => {
      const gate = new Gate();
      const heard: string[] = [];
      const slow = async (event: EventOf<"error" | "closed">): Promise<void> => {
        await gate.opened;
        heard.push(event.type === "error" ? event.error.message.split(" ").at(-1)! : event.type);
      };
      nc.on("error", slow);
      nc.on("closed", slow);
      const closed = nc.once("closed");
      say("-ERR 'one'\r\n-ERR 'two'\r\n-ERR 'three'\r\n");
      await nc.flush();
      await nc.close();
      // Who is not slow hears of it at once.
      await closed;
      expect(heard).toEqual([]);
      gate.open();
      await expect.poll(() => heard.at(-1)).toBe("closed");
      expect(heard).toEqual(["one", "two", "three", "closed"]);
    });
  });

  test("may close the connection, and wait for that [CB-13]", async () => {
    await withProxy(async (nc, proxy) => {
      const heard: string[] = [];
      nc.on("disconnected", async () => {
        heard.push("disconnected");
        await nc.close();
        heard.push(nc.state);
      });
      nc.on("reconnected", () => void heard.push("reconnected"));
      const closed = new Promise((resolve) => nc.on("closed", resolve));
      proxy.cut();
      await closed;
      expect(heard.filter((entry) => entry !== "reconnected")).toEqual(["disconnected", "closed"]);
    });
  });

  test("are removed by off() or by what on() gave, also while their event waits [CB-07]", async () => {
    await withScript(async (nc, say) => {
      const heard: string[] = [];
      const gate = new Gate();
      const first = (): void => void heard.push("first");
      const third = (): void => void heard.push("third");
      nc.on("error", first);
      const second = async (): Promise<void> => {
        heard.push("second");
        await gate.opened;
      };
      nc.on("error", second);
      const removeThird = nc.on("error", third);
      const log = new EventLog(nc);
      say("-ERR 'x'\r\n-ERR 'y'\r\n");
      await log.wait("error", 2);
      await expect.poll(() => heard).toEqual(["first", "second", "third", "first", "third"]);
      nc.off("error", first);
      nc.off("error", second);
      removeThird();
      removeThird();
      gate.open();
      const late = nc.once("error");
      say("-ERR 'z'\r\n");
      await late;
      expect(heard).toEqual(["first", "second", "third", "first", "third"]);
    });
  });

  test("that fail are told as an error event, and harm nobody", async () => {
    await withProxy(async (nc, proxy) => {
      const thrown = new Error("thrown");
      const rejected = new Error("rejected");
      const heard: string[] = [];
      nc.on("disconnected", () => {
        throw thrown;
      });
      nc.on("disconnected", () => void heard.push("disconnected"));
      nc.on("reconnected", () => Promise.reject(rejected));
      nc.on("reconnected", () => void heard.push("reconnected"));
      const log = new EventLog(nc);
      proxy.cut();
      await log.wait("error", 2);
      expect(log.of("error").map(({ error }) => error)).toMatchObject([
        { code: "LISTENER_FAILED", cause: thrown },
        { code: "LISTENER_FAILED", cause: rejected },
      ]);
      expect(heard).toEqual(["disconnected", "reconnected"]);
      expect(nc.state).toBe("connected");
    });
  });

  test("of errors that fail are not told of their own failure for ever", async () => {
    await withScript(async (nc, say) => {
      let calls = 0;
      nc.on("error", () => {
        calls++;
        throw new Error("broken");
      });
      nc.on("closed", () => {
        throw new Error("broken too");
      });
      const log = new EventLog(nc);
      say("-ERR 'x'\r\n");
      await log.wait("error");
      await nc.close();
      await log.wait("closed");
      expect(calls).toBe(1);
      expect(log.types).toEqual(["error", "closed"]);
    });
  });

  test("are never called within the call that caused the event [CB-04] [CONC-06]", async () => {
    await using nc = await connect(access.url);
    const heard: string[] = [];
    nc.on("error", ({ error }) => void heard.push(error.code));
    nc.on("handlerError", () => void heard.push("handlerError"));
    nc.on("closed", () => void heard.push("closed"));
    // A message whose handler fails while it is being handed out.
    const during: string[][] = [];
    nc.subscribe("work", {
      callback: () => {
        queueMicrotask(() => during.push([...heard]));
        throw new Error("broken");
      },
    });
    nc.publish("work");
    await nc.flush();
    expect(during).toEqual([[]]);
    await expect.poll(() => heard).toEqual(["handlerError"]);
    const closing = nc.close();
    expect(heard).toEqual(["handlerError"]);
    await closing;
    await expect.poll(() => heard).toEqual(["handlerError", "closed"]);
  });

  test("are not called within the reading of headers that can't be read [CB-04] [HDR-13]", async () => {
    await withScript(async (nc, say) => {
      const heard: string[] = [];
      nc.on("error", ({ error }) => void heard.push(error.code));
      const sub = nc.subscribe("work");
      await nc.flush();
      say(`HMSG work ${sub.sid} 4 4\r\nx\r\n\r\r\n`);
      const message = await sub.next({ timeout: 5000 });
      expect(message.headers).toBeUndefined();
      expect(heard).toEqual([]);
      await expect.poll(() => heard).toEqual(["MALFORMED_HEADERS"]);
    });
  });

  test("hear what happens right after the handshake if they are added at once [CONN-03] [INFO-09]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      peer.sendInfo({ connect_urls: ["a.invalid:1"], ldm: true });
      await peer.expect("CONNECT");
      await peer.expect("PING");
      peer.send(`PONG\r\nINFO {"connect_urls":["a.invalid:1","b.invalid:2"]}\r\n-ERR 'Something'\r\n`);
      await answerPings(peer);
    });
    await using nc = await connect(server.url);
    const heard: ConnectionEvent[] = [];
    nc.on("lameDuck", (event) => void heard.push(event));
    nc.on("discovered", (event) => void heard.push(event));
    nc.on("error", (event) => void heard.push(event));
    const log = new EventLog(nc);
    await log.wait("error");
    await expect.poll(() => heard.length).toBe(2);
    expect(heard).toMatchObject([
      { type: "discovered", servers: [`${SCHEME}://b.invalid:2`] },
      { type: "error", error: { code: "SERVER_ERROR" } },
    ]);
    expect(log.all).toEqual(heard);
  });
});

describe("once()", () => {
  test("resolves with the next event of its type", async () => {
    await withProxy(async (nc, proxy) => {
      const next = nc.once("reconnected");
      proxy.cut();
      expect(await next).toMatchObject({ type: "reconnected", server: nc.server });
      const closed = nc.once("closed");
      await nc.close();
      expect(await closed).toMatchObject({ type: "closed", error: undefined });
    });
  });

  test("rejects by time, by signal, and when no such event can come any more", async () => {
    await using nc = await connect(access.url);
    expect(await failure(nc.once("moved", { timeout: 1 }))).toMatchObject({ code: "TIMEOUT" });
    const reason = new Error("enough");
    const error = await failure(nc.once("moved", { signal: AbortSignal.abort(reason) }));
    expect(error).toMatchObject({ code: "ABORTED", cause: reason });
    const waiting = failure(nc.once("moved"));
    await nc.close();
    expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(await failure(nc.once("moved"))).toMatchObject({ code: "CONNECTION_CLOSED" });
  });

  test("rejects wrong arguments, and says that it takes no listener", async () => {
    await using nc = await connect(access.url);
    const unknown = await failure(nc.once("reconnect" as never));
    expect(unknown).toMatchObject({ code: "INVALID_OPTION", argument: "type" });
    const listener = await failure(nc.once("moved", (() => undefined) as never));
    expect(listener).toMatchObject({ code: "INVALID_OPTION", argument: "options" });
    expect(listener.message).toContain("it gives a promise");
    expect(await failure(nc.once("moved", { timeout: -1 }))).toMatchObject({ argument: "timeout" });
  });
});

describe("a type of event that there is not", () => {
  test.each([
    ["disconect", `did you mean "disconnected"?`],
    ["reconnectd", `did you mean "reconnected"?`],
    ["greeting", "the types are disconnected, reconnecting"],
    [7, "the types are disconnected, reconnecting"],
    // Of nats.js.
    ["reconnect", `here it is "reconnected"`],
    ["ldm", `here it is "lameDuck"`],
    // Of libraries in general.
    ["message", "nc.subscribe() gives messages"],
  ])("%j is refused by on() and off(), with a name that there is", async (type, hint) => {
    await using nc = await connect(access.url);
    for (const call of [nc.on.bind(nc), nc.off.bind(nc)]) {
      const error = thrown(() => call(type as never, () => {}));
      expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "type" });
      expect(error.message).toContain(hint);
    }
  });

  test("and a listener that is no function are refused", async () => {
    await using nc = await connect(access.url);
    const error = thrown(() => nc.on("error", undefined as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "listener" });
  });
});

describe("events()", () => {
  test("is a loop over all events from then on that ends after closed [R26]", async () => {
    await withProxy(async (nc, proxy) => {
      const log = new EventLog(nc);
      proxy.cut();
      await log.wait("reconnected");
      const late = nc.events();
      const types: string[] = [];
      const loop = (async () => {
        for await (const event of nc.events()) types.push(event.type);
        return "behind the loop";
      })();
      await nc.close();
      expect(await loop).toBe("behind the loop");
      expect(types).toEqual(["closed"]);
      // What was not read in time is still there.
      expect((await late.next()).value?.type).toBe("closed");
      expect(await late.next()).toEqual({ value: undefined, done: true });
      expect(log.types).toEqual(["disconnected", "reconnecting", "reconnected", "closed"]);
    });
  });

  test("ends at once on a connection that is closed [R26]", async () => {
    const nc = await connect(access.url);
    await nc.close();
    await nextTurn();
    const types: string[] = [];
    for await (const event of nc.events()) types.push(event.type);
    // Right after the connect its events wait to be told: then the end may be among them.
    expect(types.filter((type) => type !== "closed")).toEqual([]);
    const loop = nc.events();
    expect(await loop.next()).toEqual({ value: undefined, done: true });
  });

  test("can be left, which harms no other loop", async () => {
    await withScript(async (nc, say) => {
      const log = new EventLog(nc);
      const left = nc.events();
      const waiting = [left.next(), left.next()];
      say("-ERR 'one'\r\n");
      expect((await waiting[0])?.value).toMatchObject({ type: "error" });
      await left.return?.();
      expect(await waiting[1]).toEqual({ value: undefined, done: true });
      say("-ERR 'two'\r\n");
      await log.wait("error", 2);
      expect(await left.next()).toEqual({ value: undefined, done: true });
    });
  });

  test("that is read too slowly tells how many events were missed, and listeners hear of that too", async () => {
    await withScript(async (nc, say) => {
      const gate = new Gate();
      let heard = 0;
      let missed = 0;
      nc.on("error", async () => {
        heard++;
        await gate.opened;
      });
      nc.on("missed", ({ count }) => void (missed += count));
      const slow = nc.events();
      const count = 3000;
      for (let i = 0; i < count; i += 100) {
        say("-ERR 'x'\r\n".repeat(100));
        await nc.flush();
      }
      gate.open();
      await nc.close();
      await expect.poll(() => heard + missed).toBe(count);
      expect(missed).toBeGreaterThan(0);
      let read = 0;
      const seen: ConnectionEventType[] = [];
      for await (const event of slow) {
        seen.push(event.type);
        if (event.type === "missed") read += event.count;
        else if (event.type === "error") read++;
      }
      expect(read).toBe(count);
      expect([seen[0], seen.at(-1)]).toEqual(["missed", "closed"]);
      expect(seen.filter((type) => type === "missed")).toHaveLength(1);
    });
  });
});

describe("a server that forbids a subject", () => {
  const config = `authorization { users: [
    { user: "joe", password: "p", permissions: { publish: ["open.>"], subscribe: { deny: ["secret.>", "work jobs"] } } }
  ] }`;
  const strict = useServer({ config });

  test("is told as an error event with subject and queue, and harms nothing else [ERR-05]", async () => {
    await using nc = await connect({ servers: strict.url, user: "joe", password: "p" });
    const log = new EventLog(nc);
    nc.publish("closed.door", "x");
    nc.subscribe("secret.plan");
    nc.subscribe("work", { queue: "jobs" });
    const sub = nc.subscribe("open.door");
    nc.publish("open.door", "hello");
    expect((await sub.next({ timeout: 5000 })).string()).toBe("hello");
    await log.wait("error", 3);
    expect(log.of("error").map(({ error }) => error)).toMatchObject([
      { name: "PermissionError", code: "PUBLISH_DENIED", subject: "closed.door" },
      { name: "PermissionError", code: "SUBSCRIBE_DENIED", subject: "secret.plan" },
      { name: "PermissionError", code: "SUBSCRIBE_DENIED", subject: "work", queue: "jobs" },
    ]);
    expect(log.types).toEqual(["error", "error", "error"]);
    expect(nc.lastError).toBe(log.of("error").at(-1)?.error);
  });
});

describe("a server that is about to leave", () => {
  test("is told as lameDuck, with what it says of others first [LDM-01] [LDM-03] [SC-22]", async () => {
    await withScript(async (nc, say) => {
      const log = new EventLog(nc);
      const url = nc.server;
      say(`INFO {"ldm":true}\r\n`);
      say(`INFO {"ldm":true,"connect_urls":["a.invalid:1"]}\r\n`);
      await log.wait("lameDuck", 2);
      expect(log.types).toEqual(["lameDuck", "discovered", "lameDuck"]);
      expect(log.of("lameDuck")).toMatchObject([{ server: url }, { server: url }]);
    });
  });

  test("is told by a real one, too [LDM-01]", async () => {
    await withServer({ config: "lame_duck_duration: 30s" }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      server.lameDuck();
      expect(await log.wait("lameDuck")).toMatchObject({ server: server.url });
      expect(nc.info?.lameDuck).toBe(true);
    });
  });
});

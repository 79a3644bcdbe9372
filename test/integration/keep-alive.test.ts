import { describe, expect, test } from "vitest";
import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { blockBeforeTimers } from "../support/blocked-loop.ts";
import { acceptAll, type ClientOperation, readOperation } from "../support/client-operations.ts";
import { keepTexts } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { type ScriptedPeer, ScriptedServer } from "../support/scripted-server.ts";

const access = useServer();

/** A server that keeps what its clients send after the handshake, and answers nothing by itself. */
class ManualServer implements AsyncDisposable {
  readonly server: ScriptedServer;
  readonly #operations: Map<number, ClientOperation[]>;

  private constructor(server: ScriptedServer, operations: Map<number, ClientOperation[]>) {
    this.server = server;
    this.#operations = operations;
  }

  static async start(): Promise<ManualServer> {
    const operations = new Map<number, ClientOperation[]>();
    const server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      const mine: ClientOperation[] = [];
      operations.set(peer.number, mine);
      for (;;) mine.push(await readOperation(peer));
    });
    return new ManualServer(server, operations);
  }

  connect(options: ConnectOptions): Promise<Connection> {
    return connect({ servers: this.server.url, reconnect: QUICK_RECONNECT, disposeTimeout: 50, ...options });
  }

  peer(number = 1): ScriptedPeer {
    return this.server.peers[number - 1]!;
  }

  /** The verbs, and the subjects of publishes. */
  verbs(number = 1): string[] {
    return (this.#operations.get(number) ?? []).map(({ verb, args }) => (verb === "PUB" ? args[0]! : verb));
  }

  pings(number = 1): number {
    return this.verbs(number).filter((verb) => verb === "PING").length;
  }

  /** Sends PONGs, and resolves when the client has read them. */
  async pong(nc: Connection, count: number): Promise<void> {
    const mark = (nc.info?.clientId ?? 0) + 1;
    this.peer().send("PONG\r\n".repeat(count));
    this.peer().sendInfo({ client_id: mark });
    await expect.poll(() => nc.info?.clientId).toBe(mark);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop();
  }
}

describe("a server that falls silent", () => {
  test("by being frozen is left as stale, and connected to again once it is thawed [R23] [FLUSH-14]", async () => {
    await withServer({}, async (server) => {
      const options = { pingInterval: 200, maxPingsOut: 2, timeout: 500, reconnect: QUICK_RECONNECT };
      await using nc = await connect({ servers: server.url, ...options });
      const log = new EventLog(nc);
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      await nc.flush();
      await server.freeze();
      const waiting = [
        failure(nc.flush({ timeout: NEVER })),
        failure(nc.request("work", "x", { timeout: NEVER })),
        failure(nc.requestMany("work", "x", { maxWait: NEVER }).next()),
      ];
      const { error } = await log.wait("disconnected");
      expect(error).toMatchObject({ name: "ConnectionError", code: "STALE_CONNECTION", server: server.url });
      for (const ended of await Promise.all(waiting)) {
        expect(ended).toMatchObject({ code: "DISCONNECTED", cause: { code: "STALE_CONNECTION" } });
      }
      await log.wait("reconnecting", 2);
      server.thaw();
      await log.wait("reconnected");
      received.length = 0;
      nc.publish("work", "again");
      await nc.flush();
      expect(received).toEqual(["again"]);
      expect(log.of("disconnected")).toHaveLength(1);
    });
  });

  test("because the way to it is dead is left as stale [R23]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    const options = { pingInterval: 300, maxPingsOut: 1, timeout: 500, reconnect: QUICK_RECONNECT };
    await using nc = await connect({ servers: proxy.url, ...options });
    const log = new EventLog(nc);
    proxy.stall();
    expect(await log.wait("disconnected")).toMatchObject({ error: { code: "STALE_CONNECTION" } });
    proxy.resume();
    await log.wait("reconnected");
    await nc.flush();
  });

  test.each([1, 2, 4])(
    "is asked maxPingsOut times (%i) before it is left [SC-11] [FLUSH-14]",
    async (maxPingsOut) => {
      await using manual = await ManualServer.start();
      await using nc = await manual.connect({ pingInterval: 30, maxPingsOut, reconnect: false });
      const log = new EventLog(nc);
      const { error } = await log.wait("closed");
      expect(error?.code).toBe("STALE_CONNECTION");
      expect(nc.lastError).toBe(error);
      await manual.peer().closed;
      expect(manual.verbs()).toEqual(Array.from({ length: maxPingsOut }, () => "PING"));
      expect(log.types).toEqual(["disconnected", "closed"]);
    },
  );

  test("is left as stale while the connection drains too, which ends the drain [FLUSH-13]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({ pingInterval: 30, maxPingsOut: 1 });
    const log = new EventLog(nc);
    nc.subscribe("work");
    const drained = nc.drain({ timeout: NEVER });
    expect(await log.wait("disconnected")).toMatchObject({ error: { code: "STALE_CONNECTION" } });
    expect(await drained).toMatchObject({ handled: 0, abandoned: 0, timedOut: false, complete: false });
  });

  test("in the middle of a message is left as stale [R41]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({ pingInterval: 30, maxPingsOut: 1 });
    const log = new EventLog(nc);
    manual.peer().send("MSG work 1 1000\r\nonly the beginn");
    expect(await log.wait("disconnected")).toMatchObject({ error: { code: "STALE_CONNECTION" } });
    await log.wait("reconnected");
  });

  test("is not asked with pingInterval: 0", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({ pingInterval: 0, maxPingsOut: 1 });
    await using clock = await manual.connect({ pingInterval: 20, maxPingsOut: 100 });
    await expect.poll(() => manual.pings(2)).toBeGreaterThan(5);
    expect(manual.verbs(1)).toEqual([]);
    expect([nc.state, clock.state]).toEqual(["connected", "connected"]);
  });
});

describe("a healthy link", () => {
  test("that is idle is asked again and again, and stays up", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, pingInterval: 150, maxPingsOut: 5 });
    const log = new EventLog(nc);
    const pongs = (): number => proxy.recordedDown.toString().split("PONG\r\n").length - 1;
    await expect.poll(pongs, { timeout: 20_000 }).toBeGreaterThan(8);
    expect(log.types).toEqual([]);
    expect(nc.state).toBe("connected");
  });

  test("on which anything comes is not asked, and stays up though nothing answers", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({ pingInterval: 500, maxPingsOut: 1 });
    const log = new EventLog(nc);
    const timer = setInterval(() => manual.peer().send("MSG work 99 0\r\n\r\n"), 20);
    try {
      await expect.poll(() => nc.stats().inMessages, { timeout: 20_000 }).toBeGreaterThan(75);
    } finally {
      clearInterval(timer);
    }
    expect(manual.verbs()).toEqual([]);
    expect(log.types).toEqual([]);
  });

  test("survives a pause of the whole process: the answers lie unread in the socket", async () => {
    await using nc = await connect({ servers: access.url, pingInterval: 150, maxPingsOut: 1 });
    const log = new EventLog(nc);
    for (let i = 0; i < 6; i++) {
      await blockBeforeTimers(350);
    }
    await nc.flush();
    expect(log.types).toEqual([]);
  });

  test("answers the server's PING, in order with what is published [WIRE-24]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({});
    nc.publish("before");
    manual.peer().send("PING\r\n");
    await expect.poll(() => manual.verbs()).toEqual(["before", "PONG"]);
  });

  test("leaves no timer when it is closed, by the application or by an outage [FLUSH-17] [SC-40]", async () => {
    await expectNoLeak(async () => {
      const nc = await connect({ servers: access.url, pingInterval: NEVER });
      await nc.close();
    });
    await using server = await ScriptedServer.start(acceptAll());
    await expectNoLeak(async () => {
      const nc = await connect({ servers: server.url, pingInterval: NEVER, reconnect: false });
      server.peers[0]!.destroy();
      await nc.closed();
    });
  });
});

describe("a flush", () => {
  test("that timed out keeps its place: its late PONG does not complete the next [FLUSH-04] [SC-12]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({});
    const first = await failure(nc.flush({ timeout: 20 }));
    expect(first).toMatchObject({ name: "TimeoutError", code: "TIMEOUT" });
    expect(first.elapsed).toBeGreaterThan(0);
    const controller = new AbortController();
    const second = failure(nc.flush({ signal: controller.signal }));
    controller.abort("stop");
    expect(await second).toMatchObject({ name: "AbortError", code: "ABORTED", cause: "stop" });

    let isFlushed = false;
    const third = nc.flush({ timeout: NEVER }).then(() => (isFlushed = true));
    await expect.poll(() => manual.pings()).toBe(3);
    await manual.pong(nc, 2);
    expect(isFlushed).toBe(false);
    await manual.pong(nc, 1);
    await third;
  });

  test("is matched in the order of all PINGs, several at once [FLUSH-03]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({});
    const flushed: number[] = [];
    const flushes = [1, 2, 3].map(async (number) => {
      await nc.flush({ timeout: NEVER });
      flushed.push(number);
    });
    await expect.poll(() => manual.pings()).toBe(3);
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      await manual.pong(nc, 1);
      expect(flushed).toEqual(expected);
    }
    await Promise.all(flushes);
  });

  test("is matched in the order of all PINGs, those of keep-alive among them [FLUSH-03]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({ pingInterval: 30, maxPingsOut: 1000 });
    await expect.poll(() => manual.pings()).toBeGreaterThan(2);
    let isFlushed = false;
    nc.publish("mark");
    const flushed = nc.flush({ timeout: NEVER }).then(() => (isFlushed = true));
    await expect.poll(() => manual.verbs().join()).toContain("mark,PING");
    const before = manual.verbs().indexOf("mark");
    expect(new Set(manual.verbs().slice(0, before))).toEqual(new Set(["PING"]));
    await manual.pong(nc, before);
    expect(isFlushed).toBe(false);
    await manual.pong(nc, 1);
    await flushed;
  });

  test("has processed all that was sent before, also within a handler [FLUSH-05] [FLUSH-09]", async () => {
    await using nc = await connect(access.url);
    const received: string[] = [];
    nc.subscribe("second", { callback: keepTexts(received) });
    const done = new Promise<string[]>((resolve) => {
      nc.subscribe("first", {
        callback: async () => {
          nc.publish("second", "hello");
          await nc.flush();
          resolve([...received]);
        },
      });
    });
    nc.publish("first");
    expect(await done).toEqual(["hello"]);
    expect(await nc.rtt()).toBeGreaterThan(0);
  });

  test("ends with CONNECTION_CLOSED when the connection closes, and is refused afterwards [FLUSH-02] [FLUSH-06]", async () => {
    await using manual = await ManualServer.start();
    await using nc = await manual.connect({});
    const waiting = [failure(nc.flush({ timeout: NEVER })), failure(nc.rtt({ timeout: NEVER }))];
    await nc.close();
    for (const error of await Promise.all(waiting)) expect(error.code).toBe("CONNECTION_CLOSED");
    expect((await failure(nc.flush())).code).toBe("CONNECTION_CLOSED");
    expect((await failure(nc.rtt())).code).toBe("CONNECTION_CLOSED");
  });
});

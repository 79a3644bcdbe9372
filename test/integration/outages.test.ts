import { describe, expect, test } from "vitest";
import { connect, type ConnectionEvent, type ConnectOptions } from "../../src/index.ts";
import { needs, withCluster, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { eventually } from "../support/eventually.ts";

type Connection = Awaited<ReturnType<typeof connect>>;

const QUICK: ConnectOptions = { reconnect: { delay: 20, maxDelay: 100 } };

function record(nc: Connection): ConnectionEvent[] {
  const events: ConnectionEvent[] = [];
  for (const type of ["disconnected", "reconnecting", "reconnected", "error", "closed"] as const) {
    nc.on(type, (event) => void events.push(event));
  }
  return events;
}

const types = (events: readonly ConnectionEvent[], ...without: string[]): string[] =>
  events.map((event) => event.type).filter((type) => !without.includes(type));

function once(nc: Connection, type: "disconnected" | "reconnected" | "closed"): Promise<unknown> {
  return new Promise((resolve) => {
    const off = nc.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}

describe("a server that is killed and comes back", () => {
  test("finds subscriptions once, with their queues and what is left of their max [R5] [R12] [R13] [R56] [SC-16] [SC-17]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, ...QUICK });
      const seen: string[] = [];
      nc.subscribe("plain", { callback: (m) => void seen.push(`plain ${m.string()}`) });
      nc.subscribe("shared", { queue: "q", callback: (m) => void seen.push(`shared ${m.string()}`) });
      const ten = nc.subscribe("ten", { max: 10, callback: (m) => void seen.push(`ten ${m.string()}`) });
      const gone = nc.subscribe("gone");
      for (let i = 0; i < 4; i++) nc.publish("ten", `${i}`);
      await nc.flush();
      const [lost, back] = [once(nc, "disconnected"), once(nc, "reconnected")];
      await server.kill();
      await lost;
      gone.unsubscribe();
      nc.subscribe("new", { callback: (m) => void seen.push(`new ${m.string()}`) });
      await server.restart();
      await back;
      await nc.flush();
      const { connections } = (await server.monitor("/connz?subs=detail")) as {
        connections: { subscriptions_list_detail: { subject: string; qgroup?: string; max?: number }[] }[];
      };
      const listed = connections[0]!.subscriptions_list_detail.map(
        ({ subject, qgroup }) => `${subject} ${qgroup ?? ""}`,
      );
      expect(listed.toSorted()).toEqual(["new ", "plain ", "shared q", "ten "]);
      for (let i = 4; i < 24; i++) nc.publish("ten", `${i}`);
      for (const subject of ["plain", "shared", "new"]) nc.publish(subject, "after");
      await nc.flush();
      expect(seen.filter((text) => text.startsWith("ten"))).toHaveLength(10);
      expect(seen.slice(-3).toSorted()).toEqual(["new after", "plain after", "shared after"]);
      expect(await ten.closed).toEqual({ reason: "max", abandoned: 0 });
    });
  });

  test("gets what was published meanwhile, in order, behind the subscriptions [R30] [RECON-23]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, disposeTimeout: 0, ...QUICK });
      const events = record(nc);
      const seen: string[] = [];
      nc.subscribe("a", { callback: (m) => void seen.push(m.string()) });
      await nc.flush();
      const lost = once(nc, "disconnected");
      await server.kill();
      await lost;
      for (let i = 0; i < 50; i++) nc.publish("a", `${i}`);
      const flushed = nc.flush();
      const asked = nc.request("a", "50", { timeout: 10_000 }).catch(() => "no reply");
      await eventually(() =>
        expect(types(events).filter((type) => type === "reconnecting").length).toBeGreaterThan(2),
      );
      await server.restart();
      await flushed;
      expect(seen.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
      await eventually(() => expect(seen).toHaveLength(51));
      expect(types(events, "reconnecting")).toEqual(["disconnected", "reconnected"]);
      expect(events.at(-1)).toMatchObject({ type: "reconnected", replayed: 51, dropped: 0 });
      expect(nc.stats().reconnects).toBe(1);
      void asked;
    });
  });

  test("means DISCONNECTED for flushes and sent requests, unless they wait [R60] [RECON-05] [RECON-06] [SC-13] [SC-14]", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url, ...QUICK });
      await using responder = await connect({ servers: server.url, ...QUICK });
      const replies: string[] = [];
      responder.subscribe("slow", { callback: (m) => void replies.push(m.reply!) });
      await responder.flush();
      const lost = expect(nc.request("slow", "x", { timeout: 60_000 })).rejects.toMatchObject({
        code: "DISCONNECTED",
        sent: true,
        subject: "slow",
      });
      const waits = nc.request("slow", "y", { timeout: 60_000, onDisconnect: "wait" });
      await eventually(() => expect(replies).toHaveLength(2));
      const back = [once(nc, "reconnected"), once(responder, "reconnected")];
      await server.freeze();
      const flushing = expect(nc.flush()).rejects.toMatchObject({ code: "DISCONNECTED" });
      await server.kill();
      await Promise.all([lost, flushing]);
      await server.restart();
      await Promise.all(back);
      await nc.flush();
      for (const reply of replies) responder.publish(reply, "at last");
      expect((await waits).string()).toBe("at last");
    });
  });
});

describe("while disconnected", () => {
  test("the buffer has a limit; what was taken is kept [R31] [BUF-04] [BUF-05] [SC-15]", async () => {
    const server = await ScriptedServer.start(async (peer) => void (await peer.accept()));
    try {
      await using nc = await connect({ servers: server.url, reconnectBufferSize: 32, ...QUICK });
      const lost = once(nc, "disconnected");
      await server.stop();
      await lost;
      nc.publish("foo", "food");
      nc.publish("foo", "food");
      expect(() => nc.publish("foo", "food")).toThrowError(
        expect.objectContaining({
          code: "OUTBOUND_LIMIT_EXCEEDED",
          argument: "reconnectBufferSize",
          subject: "foo",
        }),
      );
      expect(nc.pendingBytes).toBe(2 * "PUB foo 4\r\nfood\r\n".length);
    } finally {
      await server.stop();
    }
  });

  test("publishing can throw, or drop and count", async () => {
    await withServer({}, async (server) => {
      await using throws = await connect({ servers: server.url, whileDisconnected: "throw", ...QUICK });
      await using drops = await connect({ servers: server.url, whileDisconnected: "drop", ...QUICK });
      const back = once(drops, "reconnected");
      const lost = [once(throws, "disconnected"), once(drops, "disconnected")];
      await server.kill();
      await Promise.all(lost);
      expect(() => throws.publish("a")).toThrowError(
        expect.objectContaining({ code: "DISCONNECTED", sent: false }),
      );
      for (let i = 0; i < 3; i++) drops.publish("a");
      await expect(drops.request("a")).rejects.toMatchObject({ code: "DISCONNECTED", sent: false });
      expect(drops.stats()).toMatchObject({ outDropped: 4, outMessages: 0 });
      await server.restart();
      expect(await back).toMatchObject({ replayed: 0, dropped: 4 });
    });
  });
});

describe("a server that stops reading", () => {
  test("is told by pendingBytes and ready(), and by an error at the hard cap; nothing taken is lost [R33]", async () => {
    await withServer({}, async (server) => {
      const proxy = await Proxy.start(server.port);
      try {
        await using receiver = await connect(server.url);
        const seen: string[] = [];
        receiver.subscribe("a", { callback: (m) => void seen.push(m.string().slice(0, 7).trim()) });
        await receiver.flush();
        const maxPendingBytes = 4 * 1024 * 1024;
        await using nc = await connect({ servers: proxy.url, maxPendingBytes, highWaterMark: 65_536 });
        proxy.stall("up");
        let taken = 0;
        const refused = (): unknown => {
          try {
            for (;;) {
              nc.publish("a", `${taken}`.padEnd(1000));
              taken++;
            }
          } catch (error) {
            return error;
          }
        };
        // The kernel and the proxy take some megabytes first, in turns of the event loop, and on a busy machine with pauses.
        let error: unknown;
        for (
          let before = -1, unchanged = 0;
          unchanged < 5;
          unchanged = before === taken ? unchanged + 1 : 0
        ) {
          before = taken;
          error = refused();
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect(error).toMatchObject({ code: "OUTBOUND_LIMIT_EXCEEDED", argument: "maxPendingBytes" });
        expect(nc.pendingBytes).toBeGreaterThan(maxPendingBytes - 2000);
        await expect(nc.ready({ timeout: 20 })).rejects.toMatchObject({ code: "TIMEOUT" });
        const ready = nc.ready();
        proxy.resume("up");
        await ready;
        expect(nc.pendingBytes).toBeLessThanOrEqual(65_536);
        await nc.flush();
        await eventually(() => expect(seen).toHaveLength(taken));
        expect(seen).toEqual(Array.from({ length: taken }, (_, i) => `${i}`));
      } finally {
        await proxy.stop();
      }
    });
  });
});

describe("a link that goes bad", () => {
  const streams: [string, string, string][] = [
    ["a garbage line", "GARBAGE\r\n", "MALFORMED_OPERATION"],
    ["an absurd length", "MSG a 1 999999999999\r\n", "PAYLOAD_TOO_LARGE"],
    ["a payload that does not end where its size says", "MSG a 1 2\r\nabcdef\r\n", "MALFORMED_OPERATION"],
    ["a line that never ends", "x".repeat(1_100_000), "LINE_TOO_LONG"],
    ["-ERR stale connection [SC-07]", "-ERR 'Stale Connection'\r\n", "STALE_CONNECTION"],
    ["-ERR maximum connections", "-ERR 'maximum connections exceeded'\r\n", "MAX_CONNECTIONS_EXCEEDED"],
  ];

  test.each(streams)("by %s is left with a coded error, and restored", async (_title, bytes, code) => {
    const server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      if (peer.number === 1) peer.send(bytes);
    });
    try {
      await using nc = await connect({ servers: server.url, disposeTimeout: 0, ...QUICK });
      const [lost, back] = [once(nc, "disconnected"), once(nc, "reconnected")];
      expect(await lost).toMatchObject({ error: { code } });
      await back;
      expect(nc.state).toBe("connected");
    } finally {
      await server.stop();
    }
  });

  test("by going silent is noticed, and restored [SC-11] [FLUSH-14] [R23]", async () => {
    await withServer({}, async (server) => {
      const proxy = await Proxy.start(server.port);
      try {
        await using nc = await connect({ servers: proxy.url, pingInterval: 40, maxPingsOut: 2, ...QUICK });
        const lost = once(nc, "disconnected");
        proxy.stall("both");
        expect(await lost).toMatchObject({ error: { code: "STALE_CONNECTION" } });
        proxy.resume("both");
        await eventually(() => expect(nc.state).toBe("connected"));
        await nc.flush();
      } finally {
        await proxy.stop();
      }
    });
  });

  test("by an unknown -ERR is kept until the server closes it; permissions harm nothing [ERR-05] [ERR-07] [SC-06]", async () => {
    const server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      if (peer.number > 1) return;
      peer.send("-ERR 'Any Error'\r\n-ERR 'Permissions Violation for Publish to \"secret\"'\r\n");
      await peer.expect("PUB");
      peer.close();
    });
    try {
      await using nc = await connect({ servers: server.url, disposeTimeout: 0, ...QUICK });
      const events = record(nc);
      await eventually(() => expect(events).toHaveLength(2));
      expect(events).toMatchObject([
        { type: "error", error: { code: "SERVER_ERROR" } },
        { type: "error", error: { code: "PUBLISH_DENIED", subject: "secret" } },
      ]);
      expect(nc.state).toBe("connected");
      expect(nc.lastError).toMatchObject({ code: "PUBLISH_DENIED" });
      const back = once(nc, "reconnected");
      nc.publish("on");
      await back;
      expect(nc.lastError).toBeUndefined();
    } finally {
      await server.stop();
    }
  });
});

describe("reconnecting", () => {
  needs("a cluster")(
    "moves to another server of the cluster, learned from the one that died [RECON-10] [CONN-09]",
    async () => {
      await withCluster(3, {}, async (cluster) => {
        const [first] = cluster.servers;
        await using nc = await connect({ servers: first!.url, ...QUICK });
        await eventually(() => expect(nc.servers).toHaveLength(3));
        let seen = 0;
        nc.subscribe("a", { callback: () => void seen++ });
        await nc.flush();
        const back = once(nc, "reconnected");
        await first!.kill();
        await back;
        expect(nc.server).not.toBe(first!.url);
        nc.publish("a");
        await nc.flush();
        await eventually(() => expect(seen).toBe(1));
      });
    },
  );

  test("can be off, or limited: then the connection closes with the reason [RECON-04] [RECON-32]", async () => {
    await withServer({}, async (server) => {
      await using off = await connect({ servers: server.url, reconnect: false });
      await using limited = await connect({ servers: server.url, reconnect: { maxAttempts: 2, delay: 5 } });
      const events = record(limited);
      await server.kill();
      expect(await off.closed()).toMatchObject({ code: "DISCONNECTED" });
      // The first attempt may still meet the dying server, and fail in another way than the second.
      expect(await limited.closed()).toMatchObject({
        code: expect.stringMatching(/^(CONNECTION_REFUSED|NO_SERVERS)$/),
      });
      await eventually(() =>
        expect(types(events)).toEqual(["disconnected", "reconnecting", "reconnecting", "closed"]),
      );
    });
  });

  test("can be ended by close() during a pause [CLOSE-09] [SC-21]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: { delay: 600_000, maxDelay: 600_000 } });
      const events = record(nc);
      await server.kill();
      await eventually(() => expect(types(events)).toEqual(["disconnected", "reconnecting", "reconnecting"]));
      await nc.close();
      expect(nc.state).toBe("closed");
      await eventually(() => expect(types(events).at(-1)).toBe("closed"));
    });
  });
});

import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { groupNeeds, needs, withCluster, withServer, urlOf } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { halfway, hears, publishSteadily } from "../support/moves.ts";
import { NEVER } from "../support/never.ts";
import { subjectsAt } from "../support/server-interest.ts";
import { eventually } from "../support/eventually.ts";

/** Waits until this server knows of a responder at another one. */
async function reaches(url: string, subject: string): Promise<void> {
  await using nc = await connect(url);
  await eventually(() => nc.request(subject));
}

groupNeeds("a cluster")("a server in lame duck mode", () => {
  test("is left for another one before it closes, and no request fails [R22] [LDM-01]", async () => {
    await withCluster(3, {}, async (cluster) => {
      const [first, second, third] = cluster.servers;
      await using responder = await connect(third!.url);
      responder.subscribe("slow", {
        callback: async (m) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          m.respond(m.data);
        },
        concurrency: 1000,
      });
      await responder.flush();
      await reaches(second!.url, "slow");
      await using nc = await connect({ servers: [first!.url, second!.url], randomize: false });
      const events = new EventLog(nc);
      const failed: string[] = [];
      let answered = 0;
      const over = new AbortController();
      const asking = Array.from({ length: 20 }, async () => {
        while (!over.signal.aborted) {
          await nc.request("slow", "x", { timeout: 5000 }).then(
            () => answered++,
            (error: { code: string }) => failed.push(error.code),
          );
        }
      });
      await eventually(() => expect(answered).toBeGreaterThan(100));
      // A young cluster may not have known of the responder at once.
      failed.length = 0;
      first!.lameDuck();
      const moved = await events.wait("moved");
      const before = answered;
      await eventually(() => expect(answered).toBeGreaterThan(before + 100));
      over.abort();
      await Promise.all(asking);
      expect(failed).toEqual([]);
      expect(moved).toMatchObject({ from: first!.url });
      expect(nc.server).not.toBe(first!.url);
      expect(events.types.filter((type) => type === "disconnected" || type === "reconnected")).toEqual([]);
      expect(events.of("lameDuck")).toMatchObject([{ server: first!.url }]);
      expect(nc.state).toBe("connected");
    });
  });

  test("is stayed with by option, until it closes [LDM-02]", async () => {
    await withCluster(2, { config: "lame_duck_grace_period: 200ms" }, async (cluster) => {
      const [first] = cluster.servers;
      await using nc = await connect({ servers: first!.url, lameDuck: "stay", reconnect: { delay: 20 } });
      const events = new EventLog(nc);
      first!.lameDuck();
      await events.wait("reconnected");
      // What the cluster tells of itself may come at any time.
      const types = events.types.filter((type) => type !== "discovered");
      expect(types.slice(0, 2)).toEqual(["lameDuck", "disconnected"]);
      expect(events.of("moved")).toEqual([]);
    });
  });
});

describe("a move to another server", () => {
  needs("a cluster")(
    "takes the subscriptions along, none twice and in order; queue groups miss nothing",
    async () => {
      await withCluster(2, {}, async (cluster) => {
        const [first, second] = cluster.servers;
        await using publisher = await connect(second!.url);
        await using nc = await connect({ servers: [first!.url, second!.url], randomize: false });
        const events = new EventLog(nc);
        const plain: number[] = [];
        const group: number[] = [];
        // Two subjects: nats-server gives what it routes for a queue group to plain subscriptions too.
        nc.subscribe("plain", { callback: (m) => void plain.push(Number(m.string())) });
        nc.subscribe("group", { queue: "workers", callback: (m) => void group.push(Number(m.string())) });
        await nc.flush();
        await hears(nc, publisher);
        const toPlain = publishSteadily(publisher, "plain");
        const toGroup = publishSteadily(publisher, "group");
        for (let i = 0; i < 4; i++) {
          await eventually(() => expect(plain.at(-1) ?? 0).toBeGreaterThan(20 * (i + 1)));
          await nc.reconnect();
        }
        await toPlain.stop();
        const count = await toGroup.stop();
        await eventually(() => expect(group).toHaveLength(count));
        expect(events.types).toEqual(["moved", "moved", "moved", "moved"]);
        expect([...group].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(plain).toEqual([...new Set(plain)].sort((a, b) => a - b));
        expect(nc.stats().reconnects).toBe(4);
        const servers = [await subjectsAt(first!, nc), await subjectsAt(second!, nc)];
        expect(servers.filter((subjects) => subjects !== undefined)).toEqual([["group", "plain"]]);
      });
    },
  );

  needs("a cluster")("loses and doubles nothing that is published meanwhile", async () => {
    await withCluster(2, {}, async (cluster) => {
      const [first, second] = cluster.servers;
      await using receiver = await connect(second!.url);
      const received: number[] = [];
      receiver.subscribe("n", { callback: (m) => void received.push(Number(m.string())) });
      await receiver.flush();
      await using nc = await connect({ servers: [first!.url, second!.url], randomize: false });
      await hears(receiver, nc);
      let count = 0;
      for (let i = 0; i < 4; i++) {
        const moving = nc.reconnect();
        const moved = new AbortController();
        void moving.finally(() => moved.abort());
        while (!moved.signal.aborted) {
          for (let j = 0; j < 50; j++) nc.publish("n", String(count++));
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await nc.flush();
      await eventually(() => expect(received).toHaveLength(count));
      expect([...received].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    });
  });

  needs("a cluster")(
    "keeps what is left of a maximum, and answers flushes that are under way [RECON-25]",
    async () => {
      await withCluster(2, {}, async (cluster) => {
        const [first, second] = cluster.servers;
        await using nc = await connect({ servers: [first!.url, second!.url], randomize: false });
        const received: string[] = [];
        const sub = nc.subscribe("n", { max: 4, callback: (m) => void received.push(m.string()) });
        for (const text of ["1", "2"]) nc.publish("n", text);
        await nc.flush();
        const moving = nc.reconnect();
        const flushes: Promise<void>[] = [];
        for (let i = 0; i < 200; i++) {
          flushes.push(nc.flush({ timeout: 5000 }));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await Promise.all([moving, ...flushes]);
        for (const text of ["3", "4", "5"]) nc.publish("n", text);
        expect(await sub.closed).toMatchObject({ reason: "max" });
        await nc.flush();
        expect(received).toEqual(["1", "2", "3", "4"]);
        expect(await subjectsAt(second!, nc)).toEqual([]);
      });
    },
  );

  needs("NATS bytes at a proxy", "a cluster")(
    "whose next link breaks is taken back: what was ended begins again, what was held back is sent",
    async () => {
      await halfway(async ({ nc, other, old, next, moving, received }) => {
        const sub = other.subscribe("out");
        await other.flush();
        nc.publish("out", "held back");
        await new Promise((resolve) => setImmediate(resolve));
        expect(old.recordedUp.toString()).not.toContain("held back");
        next.cut();
        // The client has noticed by then; if it were slow, it would be told that the move succeeded.
        await new Promise((resolve) => setTimeout(resolve, 200));
        old.resume();
        expect((await failure(moving)).code).toBe("DISCONNECTED");
        expect([nc.state, nc.server]).toEqual(["connected", old.url]);
        await nc.flush();
        expect((await sub.next({ timeout: 15_000 })).string()).toBe("held back");
        await hears(nc, other);
        other.publish("in", "still there");
        await eventually(() => expect(received).toContain("still there"));
      });
    },
  );

  needs("NATS bytes at a proxy", "a cluster")(
    "that is cut short by a loss of the old link ends on the next one",
    async () => {
      await halfway(async ({ nc, other, old, next, moving, received }) => {
        const events = new EventLog(nc);
        old.cut();
        await events.wait("reconnected");
        await moving.catch(() => undefined);
        expect(nc.server).toBe(next.url);
        await hears(nc, other);
        other.publish("in", "1");
        await eventually(() => expect(received).toEqual(["1"]));
        expect(events.types).toEqual(["disconnected", "reconnected"]);
      });
    },
  );

  needs("NATS bytes at a proxy", "a cluster")(
    "that is cut short by a close loses nothing that was held back",
    async () => {
      await halfway(async ({ nc, other }) => {
        const sub = other.subscribe("out");
        await other.flush();
        await new Promise((resolve) => setTimeout(resolve, 50));
        const events = new EventLog(nc);
        nc.publish("out", "held back");
        await nc.close();
        expect(await events.wait("closed")).toMatchObject({ lost: { messages: 0, bytes: 0 } });
        expect((await sub.next({ timeout: 15_000 })).string()).toBe("held back");
      });
    },
  );

  test("that can't be made rejects, and the link stays", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url });
      const events = new EventLog(nc);
      nc.setServers(urlOf(1));
      expect((await failure(nc.reconnect())).code).toBe("CONNECTION_REFUSED");
      await nc.flush();
      expect([nc.state, nc.server, nc.servers]).toEqual(["connected", server.url, [urlOf(1)]]);
      expect(events.types).toEqual([]);
    });
  });

  test("makes a new link to the only server", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url });
      const before = nc.info?.clientId;
      nc.subscribe("a", { callback: (m) => m.respond("b") });
      await nc.reconnect();
      expect(nc.info?.clientId).not.toBe(before);
      expect((await nc.request("a", "", { timeout: NEVER })).string()).toBe("b");
      await eventually(async () => {
        expect(await server.monitor("/connz")).toMatchObject({ num_connections: 1 });
      });
    });
  });
});

describe("reconnect()", () => {
  test("twenty times at once is one move, and loses no request", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url });
      const events = new EventLog(nc);
      nc.subscribe("a", { queue: "q", callback: (m) => m.respond("b") });
      await Promise.all(Array.from({ length: 20 }, () => nc.reconnect()));
      expect(events.types).toEqual(["moved"]);
      expect((await nc.request("a", "", { timeout: NEVER })).string()).toBe("b");
    });
  });

  test("while a move is under way begins one behind it, however often, with the servers of now", async () => {
    await withServer({}, async (server) => {
      await using next = await Proxy.start(server.port);
      await using last = await Proxy.start(server.port);
      await using nc = await connect({ servers: server.url, timeout: NEVER });
      const events = new EventLog(nc);
      nc.setServers(next.url);
      next.stall("down");
      const first = nc.reconnect();
      await eventually(() => expect(next.connections).toBe(1));
      nc.setServers(last.url);
      const others = Array.from({ length: 20 }, () => nc.reconnect());
      next.resume();
      await first;
      await Promise.all(others);
      expect([events.types, next.connections, last.connections]).toEqual([["moved", "moved"], 1, 1]);
      expect(nc.server).toBe(last.url);
    });
  });

  test("is given up by its own time limit, and its move goes on for the others until the last gives up", async () => {
    await withServer({}, async (server) => {
      await using next = await Proxy.start(server.port);
      await using nc = await connect({ servers: server.url, timeout: NEVER });
      const events = new EventLog(nc);
      nc.setServers(next.url);
      next.stall("down");
      const giveUp = new AbortController();
      const patient = nc.reconnect();
      const others = [nc.reconnect({ timeout: 20 }), nc.reconnect({ signal: giveUp.signal })].map(failure);
      expect((await others[0]!).code).toBe("TIMEOUT");
      giveUp.abort();
      expect((await others[1]!).code).toBe("ABORTED");
      next.resume();
      await patient;
      expect([events.types, next.connections]).toEqual([["moved"], 1]);
      await using silent = await ScriptedServer.start(() => undefined);
      nc.setServers(silent.url);
      const enough = new AbortController();
      const { signal } = enough;
      const both = [nc.reconnect({ signal }), nc.reconnect({ signal })].map(failure);
      const peer = await silent.peer(1);
      enough.abort();
      expect((await Promise.all(both)).map(({ code }) => code)).toEqual(["ABORTED", "ABORTED"]);
      await peer.closed;
      await nc.flush();
      expect([nc.server, events.types]).toEqual([next.url, ["moved"]]);
    });
  });

  test("that fails tells all who share it, each with an error of its own", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({ servers: server.url });
      nc.setServers(urlOf(1));
      const errors = await Promise.all([nc.reconnect(), nc.reconnect()].map(failure));
      expect(errors.map(({ code }) => code)).toEqual(["CONNECTION_REFUSED", "CONNECTION_REFUSED"]);
      expect(errors[0]).not.toBe(errors[1]);
    });
  });

  test("goes to another server where there is one, in either direction", async () => {
    await withServer({}, async (first) => {
      await withServer({}, async (second) => {
        await using nc = await connect({ servers: [first.url, second.url], randomize: false });
        for (const there of [second.url, first.url, second.url]) {
          await nc.reconnect();
          expect(nc.server).toBe(there);
        }
      });
    });
  });

  test("is given up by timeout and signal, and the link stays", async () => {
    await withServer({}, async (server) => {
      await using silent = await ScriptedServer.start(() => undefined);
      await using nc = await connect({ servers: server.url, timeout: NEVER });
      nc.setServers(silent.url);
      expect((await failure(nc.reconnect({ timeout: 50 }))).code).toBe("TIMEOUT");
      const giveUp = new AbortController();
      const moving = failure(nc.reconnect({ signal: giveUp.signal }));
      await silent.peer(2);
      giveUp.abort();
      expect((await moving).code).toBe("ABORTED");
      await nc.flush();
      expect([nc.state, nc.server]).toEqual(["connected", server.url]);
      await (
        await silent.peer(2)
      ).closed;
    });
  });

  test("that gives up while another move is under way leaves that alone, and makes none later", async () => {
    await withServer({}, async (server) => {
      await using next = await Proxy.start(server.port);
      await using nc = await connect({ servers: server.url, timeout: NEVER });
      const events = new EventLog(nc);
      nc.setServers(next.url);
      next.stall("down");
      const moving = nc.reconnect();
      expect((await failure(nc.reconnect({ timeout: 50 }))).code).toBe("TIMEOUT");
      next.resume();
      await moving;
      expect(nc.server).toBe(next.url);
      await nc.flush();
      expect([events.types, next.connections]).toEqual([["moved"], 1]);
    });
  });

  test("goes on until there is a link when the old one is lost meanwhile", async () => {
    await withServer({}, async (server) => {
      await using proxy = await Proxy.start(server.port);
      await using silent = await ScriptedServer.start(() => undefined);
      await using nc = await connect({ servers: proxy.url, timeout: NEVER });
      const events = new EventLog(nc);
      nc.setServers([silent.url]);
      const moving = nc.reconnect();
      await silent.peer(1);
      nc.setServers([proxy.url]);
      proxy.cut();
      await moving;
      expect(events.types).toEqual(["disconnected", "reconnecting", "reconnected"]);
      expect(nc.server).toBe(proxy.url);
    });
  });

  test("begins the next attempt at once, and resolves with the link", async () => {
    await withServer({}, async (server) => {
      await using nc = await connect({
        servers: server.url,
        reconnect: { delay: 3_600_000, maxDelay: 3_600_000, jitter: 0 },
      });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("reconnecting", 2);
      await server.restart();
      await nc.reconnect({ timeout: 15_000 });
      expect(nc.state).toBe("connected");
    });
  });

  needs("NATS bytes at a proxy").each([
    ["closed", (nc: Connection) => nc.close()],
    ["drained", (nc: Connection) => nc.drain({ timeout: 50 })],
  ])("rejects when the connection is %s before it has moved [CLOSE-09]", async (_, end) => {
    await withServer({}, async (server) => {
      await using slow = await Proxy.start(server.port);
      const nc = await connect({ servers: server.url, timeout: NEVER });
      const events = new EventLog(nc);
      nc.subscribe("a", { queue: "q", callback: () => undefined });
      nc.setServers(slow.url);
      const told = new Promise<void>((resolve) => {
        slow.garble((chunk, direction) => {
          if (direction === "down" || !chunk.includes("SUB a q")) return chunk;
          // The move waits for a sign that the new server knows of the group's member.
          slow.stall("down");
          resolve();
          return chunk;
        });
      });
      const moving = failure(nc.reconnect());
      await told;
      await end(nc);
      expect((await moving).code).toMatch(/^CONNECTION_(?:CLOSED|DRAINING)$/);
      expect(events.types).not.toContain("moved");
    });
  });

  test("rejects when the connection is closed, before and meanwhile [CLOSE-09]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: { delay: NEVER, maxDelay: NEVER } });
      const events = new EventLog(nc);
      await server.kill();
      await events.wait("reconnecting");
      const waiting = failure(nc.reconnect());
      await nc.close();
      expect((await waiting).code).toBe("CONNECTION_CLOSED");
      expect((await failure(nc.reconnect())).code).toBe("CONNECTION_CLOSED");
    });
  });
});

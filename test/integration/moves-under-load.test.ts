import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { halfway, hears, publishSteadily } from "../support/moves.ts";
import { groupNeeds, needs, withCluster } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { subjectsAt } from "../support/server-interest.ts";

const BULK = new Uint8Array(100_000);

groupNeeds("NATS bytes at a proxy", "a cluster")("while a move holds publishing back", () => {
  test("requests that are made then are answered: the first of all, one with its own inbox, and many", async () => {
    await halfway(async ({ nc, other, old, next, moving }) => {
      other.subscribe("svc", { callback: (m) => m.respond(m.data) });
      await other.flush();
      const first = nc.request("svc", "first");
      const own = nc.request("svc", "own", { ownInbox: true });
      const many = nc.requestMany("svc", "many", { maxMessages: 1 });
      const asked = many.next();
      old.resume();
      await moving;
      const answers = [await first, await own, (await asked).value!];
      expect(answers.map((m) => m.string())).toEqual(["first", "own", "many"]);
      expect(nc.server).toBe(next.url);
      expect((await nc.request("svc", "later")).string()).toBe("later");
    });
  });

  test("the server moved to knows of one inbox, which later requests use too", async () => {
    await halfway(async ({ nc, other, old, cluster, moving }) => {
      other.subscribe("svc", { callback: (m) => m.respond(m.data) });
      await other.flush();
      const first = nc.request("svc", "first");
      old.resume();
      await Promise.all([moving, first]);
      await nc.request("svc", "later");
      const inbox = expect.stringMatching(/^_INBOX\.\w+\.\*$/) as string;
      await eventually(async () =>
        expect(await subjectsAt(cluster.servers[1]!, nc)).toEqual([inbox, "in", "work"]),
      );
    });
  });

  test("a member of a queue group that is drained then gets nothing more, and others get it all", async () => {
    await halfway(async ({ nc, other, old, moving, worker, done }) => {
      const rest: string[] = [];
      other.subscribe("work", { queue: "workers", callback: (m) => void rest.push(m.string()) });
      await other.flush();
      const drained = worker.drain();
      old.resume();
      await moving;
      expect(await drained).toMatchObject({ abandoned: 0, timedOut: false });
      const had = done.length;
      for (let i = 0; i < 100; i++) other.publish("work", String(i));
      await other.flush();
      await eventually(() => expect(rest).toHaveLength(100));
      await nc.flush();
      expect(done).toHaveLength(had);
    });
  });

  test.each(["is left", "is lost"])(
    "a maximum that is set later counts what the next server had sent before the old one %s",
    async (end) => {
      await halfway(async ({ nc, other, old, next, moving, worker, done }) => {
        for (let i = 0; i < 5; i++) other.publish("work");
        await eventually(() => expect(done).toHaveLength(5));
        if (end === "is left") old.resume();
        else old.cut();
        await moving.catch(() => undefined);
        await eventually(() => expect(nc.server).toBe(next.url));
        worker.unsubscribe(worker.received + 3);
        await nc.flush();
        for (let i = 0; i < 4; i++) other.publish("work");
        await other.flush();
        expect(await worker.closed).toEqual({ reason: "max", abandoned: 0 });
        expect(done).toHaveLength(8);
      });
    },
  );

  test("what is published to a subscription without a group is told as missed by the length of the gap", async () => {
    await halfway(async ({ nc, old, moving }) => {
      const events = new EventLog(nc);
      await new Promise((resolve) => setTimeout(resolve, 20));
      old.resume();
      await moving;
      expect((await events.wait("moved")).gap).toBeGreaterThan(19);
    });
  });

  test("the next server may announce its end: the connection moves on", async () => {
    await halfway(async ({ nc, old, next, cluster, moving }) => {
      const events = new EventLog(nc);
      cluster.servers[1]!.lameDuck();
      await eventually(() => expect(next.recordedDown.toString()).toContain('"ldm":true'));
      old.resume();
      await moving;
      expect(await events.wait("lameDuck")).toMatchObject({ server: next.url });
      expect(await events.wait("moved", 2)).toMatchObject({ from: next.url, server: old.url });
    });
  });

  test("nothing is left of it when the connection closes", async () => {
    await halfway(async ({ nc, old, next, moving, worker }) => {
      const drained = worker.drain();
      await nc.close();
      old.resume();
      await moving.catch(() => undefined);
      await drained;
      await eventually(() => expect([old.open, next.open]).toEqual([0, 0]));
    });
  });
});

groupNeeds("NATS bytes at a proxy", "a cluster")("while a move waits for the cluster to know of it", () => {
  /** A move whose next server tells everything late, and that it is known to the cluster among it. */
  async function drainedEarly(late: number): Promise<void> {
    await withCluster(2, {}, async ({ servers: [first, second] }) => {
      await using old = await Proxy.start(first!.port);
      await using next = await Proxy.start(second!.port);
      await using other = await connect(second!.url);
      await using nc = await connect({
        servers: [old.url, next.url],
        randomize: false,
        discoverServers: false,
        timeout: 30_000,
      });
      const got: number[] = [];
      const callback = (m: { string(): string }): void => void got.push(Number(m.string()));
      const worker = nc.subscribe("work", { queue: "workers", callback });
      other.subscribe("work", { queue: "workers", callback });
      await Promise.all([nc.flush(), other.flush()]);
      await hears(nc, other);
      const publishing = publishSteadily(other, "work");
      next.delay(late);
      // The message that would tell that the cluster knows does not get to the old server.
      if (late === 0) old.stall("up");
      const moving = nc.reconnect();
      await eventually(() => expect(next.recordedUp.toString()).toContain("SUB work workers"));
      await eventually(() => expect(next.recordedDown.toString()).toContain("MSG work"));
      const drained = worker.drain();
      await eventually(() => expect(next.recordedUp.toString()).toContain(`UNSUB ${worker.sid}`));
      old.resume();
      await drained;
      next.delay(0);
      await moving;
      const count = await publishing.stop();
      await eventually(() => expect(got.length).toBeGreaterThanOrEqual(count));
      expect([...got].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    });
  }

  test("a member of a queue group that is drained ends at both servers", async () => {
    await drainedEarly(0);
  });

  test("a member of a queue group that is drained gets what the next server has sent it by then", async () => {
    await drainedEarly(200);
  });
});

groupNeeds("NATS bytes at a proxy", "a cluster")("a move", () => {
  test("tells the old server of it also while that reads slowly, and a queue group misses nothing", async () => {
    await withCluster(2, {}, async ({ servers: [first, second] }) => {
      await using old = await Proxy.start(first!.port);
      await using next = await Proxy.start(second!.port);
      await using other = await connect(second!.url);
      let answer = (): void => undefined;
      other.subscribe("slow", { callback: (m) => void (answer = () => m.respond("done")) });
      await using nc = await connect({
        servers: [old.url, next.url],
        randomize: false,
        discoverServers: false,
      });
      const got: number[] = [];
      nc.subscribe("work", { queue: "workers", callback: (m) => void got.push(Number(m.string())) });
      await Promise.all([nc.flush(), other.flush()]);
      await hears(nc, other);
      await hears(other, nc);
      const asked = nc.request("slow", "", { timeout: 60_000 });
      await nc.flush();
      const publishing = publishSteadily(other, "work");
      old.stall("up");
      while (nc.pendingBytes < 8_000_000) nc.publish("bulk", BULK);
      const moving = nc.reconnect();
      await eventually(() => expect(next.recordedUp.toString()).toContain("SUB work workers"));
      old.resume();
      await moving;
      // The old link is there as long as the request waits, and nobody listens to what else would come by it.
      expect(old.recordedUp.toString("latin1")).toMatch(/UNSUB \d+\r\nPING\r\n$/);
      const count = await publishing.stop();
      await eventually(() => expect(got).toHaveLength(count));
      answer();
      expect((await asked).string()).toBe("done");
    });
  });

  test("leaves requests to the old link, which end with it, or are answered by the next one [R22]", async () => {
    await withCluster(2, {}, async ({ servers: [first, second] }) => {
      await using old = await Proxy.start(first!.port);
      await using other = await connect(second!.url);
      const answers: (() => void)[] = [];
      other.subscribe("svc", { callback: (m) => void answers.push(() => m.respond(m.data)) });
      await using nc = await connect({
        servers: [old.url, second!.url],
        randomize: false,
        discoverServers: false,
      });
      await Promise.all([nc.flush(), other.flush()]);
      await hears(other, nc);
      const given = failure(nc.request("svc", "a", { timeout: 60_000 }));
      const waiting = [false, true].map((ownInbox) =>
        nc.request("svc", `b ${ownInbox}`, { timeout: 60_000, onDisconnect: "wait", ownInbox }),
      );
      await eventually(() => expect(answers).toHaveLength(3));
      await nc.reconnect();
      const events = new EventLog(nc);
      old.cut();
      expect(await given).toMatchObject({ code: "DISCONNECTED", sent: true });
      await nc.flush();
      await hears(nc, other);
      for (const answer of answers) answer();
      expect((await Promise.all(waiting)).map((m) => m.string())).toEqual(["b false", "b true"]);
      expect(events.types).toEqual([]);
    });
  });
});

describe("a move of a user who may not publish to inboxes", () => {
  needs("a cluster")("is made all the same, and the application hears of the move alone", async () => {
    const permissions = `{ publish: ["orders.>"], subscribe: ["work", "_INBOX.>"] }`;
    const config = `authorization { users: [ { user: a, password: p, permissions: ${permissions} } ] }`;
    await withCluster(2, { config }, async ({ servers }) => {
      const urls = servers.map(({ url }) => url.replace("://", "://a:p@"));
      await using nc = await connect({ servers: urls, randomize: false, discoverServers: false });
      const events = new EventLog(nc);
      nc.subscribe("work", { queue: "workers", callback: () => undefined });
      await nc.flush();
      await nc.reconnect();
      await nc.flush();
      await subjectsAt(servers[1]!, nc);
      expect(events.types).toEqual(["moved"]);
      expect(nc.lastError).toBeUndefined();
    });
  });
});

describe("a server in lame duck mode", () => {
  needs("NATS bytes at a proxy", "a cluster")(
    "is left in the end, however often that fails at first",
    async () => {
      await withCluster(2, {}, async ({ servers: [first, second] }) => {
        await using next = await Proxy.start(second!.port);
        await using nc = await connect({
          servers: [first!.url, next.url],
          randomize: false,
          discoverServers: false,
          timeout: 200,
        });
        const events = new EventLog(nc);
        next.stall("down");
        first!.lameDuck();
        await eventually(() => expect(next.connections).toBeGreaterThan(1));
        next.resume();
        expect(await events.wait("moved")).toMatchObject({ server: next.url });
      });
    },
  );
});

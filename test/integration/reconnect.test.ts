import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll, answerPings } from "../support/client-operations.ts";
import { keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { failure, thrown } from "../support/failure.ts";
import { expectNoLeak, openHandles } from "../support/leak-check.ts";
import {
  needs,
  refusedUrl,
  type RunningServer,
  SCHEME,
  useServer,
  withCluster,
  withServer,
} from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT, withOutage } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { interestAt, subjectsAt } from "../support/server-interest.ts";

const access = useServer();

describe("subscriptions", () => {
  test("are restored once, by their numbers and with their queues, after every outage [R5] [R56] [RECON-24]", async () => {
    await withOutage({}, async ({ nc, server, down, up }) => {
      const received: string[] = [];
      for (let i = 0; i < 50; i++) {
        const queue = i % 2 === 0 ? {} : { queue: `workers-${i}` };
        nc.subscribe(`work.${i}`, { ...queue, callback: keepTexts(received) });
      }
      await nc.flush();
      const before = await interestAt(server, nc);
      expect(before).toHaveLength(50);
      for (let i = 0; i < 3; i++) {
        await down();
        await up();
        await nc.flush();
        const after = await interestAt(server, nc);
        const facts = (list: typeof after): unknown =>
          list?.map(({ subject, sid, qgroup }) => [subject, sid, qgroup]).sort();
        expect(facts(after)).toEqual(facts(before));
      }
      const { subscriptions } = (await server.monitor("/connz")).connections[0];
      expect(subscriptions).toBe(50);
      for (let i = 0; i < 50; i++) nc.publish(`work.${i}`, String(i));
      await nc.flush();
      expect(received).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    });
    // A server passes over a second SUB with the same number: one that takes notes does not.
    const said: string[] = [];
    await using server = await ScriptedServer.start(
      acceptAll(({ verb, args }, peer) => {
        if (peer.number === 2) said.push([verb, ...args].join(" "));
      }),
    );
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    nc.subscribe("work");
    nc.subscribe("work", { queue: "workers" });
    await nc.flush();
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    await nc.flush();
    expect(said).toEqual(["SUB work 1", "SUB work workers 2"]);
  });

  test("that ended while there was no link are not restored, and those made then are, once [R13] [SC-16] [RECON-27]", async () => {
    await withOutage({}, async ({ nc, server, down, up }) => {
      const kept: string[] = [];
      nc.subscribe("kept", { callback: keepTexts(kept) });
      const ended = nc.subscribe("ended");
      await nc.flush();
      await down();
      ended.unsubscribe();
      const added: string[] = [];
      nc.subscribe("added", { queue: "q", callback: keepTexts(added) });
      nc.subscribe("both").unsubscribe();
      for (const subject of ["kept", "ended", "added"]) nc.publish(subject, "meanwhile");
      await up();
      await nc.flush();
      expect(await subjectsAt(server, nc)).toEqual(["added", "kept"]);
      expect([kept, added]).toEqual([["meanwhile"], ["meanwhile"]]);
    });
  });

  test("get what is left of their max, and end with it [R12] [RECON-25]", async () => {
    await withOutage({}, async ({ nc, server, down, up }) => {
      const received: string[] = [];
      const sub = nc.subscribe("work", { max: 10, callback: keepTexts(received) });
      publishNumbers(nc, "work", 4);
      await nc.flush();
      await down();
      await up();
      await nc.flush();
      expect(await interestAt(server, nc)).toMatchObject([{ subject: "work", max: 6 }]);
      publishNumbers(nc, "work", 20, 5);
      expect(await sub.closed).toMatchObject({ reason: "max", abandoned: 0 });
      await nc.flush();
      expect(received).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 1)));
      expect(await interestAt(server, nc)).toEqual([]);
    });
  });

  test("go on for loops that were waiting, and for what they had queued", async () => {
    await withOutage({}, async ({ nc, down, up }) => {
      const sub = nc.subscribe("work");
      publishNumbers(nc, "work", 2);
      await nc.flush();
      await down();
      expect((await sub.next({ timeout: 5000 })).string()).toBe("1");
      expect((await sub.next({ timeout: 5000 })).string()).toBe("2");
      const waiting = sub.next({ timeout: 20_000 });
      await up();
      nc.publish("work", "3");
      expect((await waiting).string()).toBe("3");
    });
  });
});

describe("an outage", () => {
  test("is told by one disconnected, a reconnecting for each attempt, one reconnected [R4] [CB-05]", async () => {
    await withOutage({ reconnect: { delay: 1, maxDelay: 5 } }, async ({ nc, log, server, down, up }) => {
      const before = openHandles();
      await down();
      expect([nc.state, nc.server, nc.info?.serverId]).toEqual([
        "reconnecting",
        undefined,
        nc.info?.serverId,
      ]);
      await log.wait("reconnecting", 50);
      // Failed attempts leave no sockets behind.
      const sockets = (handles: Record<string, number>): number => handles["TCPSocketWrap"] ?? 0;
      expect(sockets(openHandles())).toBeLessThanOrEqual(sockets(before));
      await up();
      expect([nc.state, nc.server]).toEqual(["connected", server.url]);
      const [first, ...rest] = log.types;
      expect(first).toBe("disconnected");
      expect(rest.pop()).toBe("reconnected");
      expect(new Set(rest)).toEqual(new Set(["reconnecting"]));
      const attempts = log.of("reconnecting");
      expect(attempts.map(({ attempt }) => attempt)).toEqual(attempts.map((_, i) => i + 1));
      expect(attempts[0]).toMatchObject({
        server: server.url,
        delay: 0,
        error: log.of("disconnected")[0]!.error,
      });
      expect(new Set(attempts.map((attempt) => attempt.server))).toEqual(new Set([server.url]));
      // The first may still meet the socket of the server that is being killed, which ends it.
      expect(attempts.slice(1).map(({ error }) => error.code)).toContain("CONNECTION_REFUSED");
      for (const { delay } of attempts) expect(delay).toBeLessThanOrEqual(5);
      expect(nc.lastError).toBeUndefined();
    });
  });

  test("is counted, and resets no counter [STAT-23]", async () => {
    await withOutage({}, async ({ nc, down, up }) => {
      nc.subscribe("work");
      nc.publish("work", "1");
      await nc.flush();
      for (let i = 1; i <= 2; i++) {
        await down();
        await up();
        expect(nc.stats()).toMatchObject({ reconnects: i, outMessages: 1, inMessages: 1 });
      }
    });
  });

  test("shows the new server's facts afterwards [INFO-11]", async () => {
    await withOutage({}, async ({ nc, down, up }) => {
      const before = nc.info?.serverId;
      await down();
      expect(nc.info?.serverId).toBe(before);
      await up();
      expect(nc.info?.serverId).toMatch(/^N/);
      expect(nc.info?.serverId).not.toBe(before);
    });
  });

  test("may follow upon another thirty times: nothing is doubled, and requests go on [R5]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
    for (let i = 1; i <= 30; i++) {
      proxy.cut();
      await log.wait("reconnected", i);
      expect((await nc.request("echo", String(i))).string()).toBe(String(i));
    }
    expect(log.of("disconnected")).toHaveLength(30);
    expect(nc.stats().reconnects).toBe(30);
    const subjects = await subjectsAt(access.server, nc);
    expect(subjects?.map((subject) => subject.replace(/^_INBOX.*/, "inbox")).sort()).toEqual([
      "echo",
      "inbox",
    ]);
  });

  test("ends also if the server was restarted in good order, and with credentials [AUTH-01]", async () => {
    await withServer({ config: `authorization { token: "s3cr3t" }` }, async (server) => {
      await using nc = await connect({ servers: server.url, token: "s3cr3t", reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      await server.restart();
      await log.wait("reconnected");
      await nc.flush();
      expect(log.of("disconnected")).toHaveLength(1);
    });
  });

  test("does not end with a server that accepts and falls silent: it is left after the timeout [R1] [R16]", async () => {
    const serve = acceptAll();
    await using server = await ScriptedServer.start((peer) => (peer.number === 2 ? undefined : serve(peer)));
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT, timeout: 500 });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    await nc.flush();
    expect(server.connections).toBe(3);
    expect(log.of("reconnecting")[1]).toMatchObject({ error: { code: "CONNECT_TIMEOUT", phase: "info" } });
    expect(log.of("disconnected")).toHaveLength(1);
    await server.peers[1]!.closed;
  });

  test("in a handshake neither loses nor doubles what is asked meanwhile [SC-39] [CONC-01] [CONC-02]", async () => {
    const commands: string[] = [];
    const serve = acceptAll(
      ({ verb, args, payload }) => void commands.push([verb, ...args, payload].join(" ").trim()),
    );
    await using server = await ScriptedServer.start((peer) =>
      peer.number === 2 ? peer.sendInfo() : serve(peer),
    );
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT, timeout: NEVER });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    const stalled = await server.peer(2);
    await expect.poll(() => stalled.received).toContain("PING");
    expect(nc.state).toBe("reconnecting");
    const sub = nc.subscribe("work");
    nc.publish("work", "1");
    stalled.destroy();
    await log.wait("reconnected");
    await nc.flush();
    expect(commands).toEqual([`SUB work ${sub.sid}`, "PUB work 1 1"]);
    expect(stalled.received).not.toContain("work");
  });

  test.each([
    ["in a pause between attempts", true, { delay: NEVER, maxDelay: NEVER }],
    ["in a handshake", false, QUICK_RECONNECT],
  ])(
    "ends with close() %s, and nothing is left [R26] [SC-21] [CONC-03]",
    async (_title, inPause, reconnect) => {
      const serve = acceptAll();
      await using server = await ScriptedServer.start((peer) => {
        if (peer.number === 1) return serve(peer);
        if (inPause) peer.destroy();
        else peer.sendInfo();
      });
      await expectNoLeak(async () => {
        const nc = await connect({ servers: server.url, reconnect, timeout: NEVER });
        const log = new EventLog(nc);
        server.peers[0]!.destroy();
        const second = await server.peer(2);
        if (inPause) await log.wait("reconnecting", 2);
        else await expect.poll(() => second.received).toContain("PING");
        await nc.close();
        await log.wait("closed");
        expect(log.of("reconnected")).toEqual([]);
        await second.closed;
      });
      expect(server.connections).toBe(2);
    },
  );

  test("closes the connection with reconnect: false [STAT-09] [RECON-04]", async () => {
    await withOutage({ reconnect: false }, async ({ nc, log, server }) => {
      const waiting = nc.subscribe("work").next({ timeout: NEVER });
      await Promise.all([server.kill(), failure(waiting)]);
      const { error, lost } = await log.wait("closed");
      expect(error).toMatchObject({ name: "ConnectionError", code: "DISCONNECTED", server: server.url });
      expect(lost).toEqual({ messages: 0, bytes: 0 });
      expect(await nc.closed()).toBe(error);
      expect(log.types).toEqual(["disconnected", "closed"]);
      expect(nc.state).toBe("closed");
      expect(nc.lastError).toBe(error);
      expect(thrown(() => nc.publish("work")).code).toBe("CONNECTION_CLOSED");
    });
  });

  test("closes the connection when maxAttempts are used up, with the reason and what was lost [RECON-13] [RECON-32]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    const reconnect = { ...QUICK_RECONNECT, maxAttempts: 3 };
    await using nc = await connect({ servers: proxy.url, reconnect });
    const log = new EventLog(nc);
    // First no new link, then no link: a server that is killed may lose them in the other order.
    proxy.refuse();
    proxy.cut();
    await log.wait("disconnected");
    publishNumbers(nc, "work", 5);
    const { error, lost } = await log.wait("closed");
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      attempts: [{ server: proxy.url }, {}, {}],
    });
    expect(lost).toMatchObject({ messages: 5 });
    expect(await nc.closed()).toBe(error);
    expect(log.types).toEqual(["disconnected", "reconnecting", "reconnecting", "reconnecting", "closed"]);
    expect(nc.state).toBe("closed");
  });

  test("does not use up attempts that succeeded later [RECON-22]", async () => {
    // Every other connection ends before a word is said: one attempt of each outage fails, where two end it all.
    await using server = await ScriptedServer.start(async (peer) => {
      if (peer.number % 2 === 0) return peer.close();
      await peer.accept();
      await answerPings(peer);
    });
    await using nc = await connect({
      servers: server.url,
      reconnect: { ...QUICK_RECONNECT, maxAttempts: 2 },
    });
    const log = new EventLog(nc);
    for (let i = 1; i <= 3; i++) {
      server.peers.at(-1)!.destroy();
      await log.wait("reconnected", i);
    }
    expect([nc.state, log.of("reconnecting").length]).toEqual(["connected", 6]);
  });
});

describe("another server", () => {
  test("of the list is tried at once when the one in use is gone, however long pauses are [RECON-11]", async () => {
    await withServer({}, async (first) => {
      const servers = [first.url, access.url];
      const reconnect = { delay: NEVER, maxDelay: NEVER };
      await using nc = await connect({ servers, randomize: false, reconnect });
      const log = new EventLog(nc);
      expect(nc.server).toBe(first.url);
      await first.kill();
      expect(await log.wait("reconnected")).toMatchObject({ server: access.url });
      expect(nc.server).toBe(access.url);
      expect(log.of("reconnecting").map(({ server }) => server)).toEqual([access.url]);
      expect(nc.servers).toEqual([access.url, first.url]);
    });
  });

  test("that refuses the user is passed over [AUTH-25] [SC-10]", async () => {
    await withServer({}, async (first) => {
      await using strict = await ScriptedServer.start((peer) => {
        peer.sendInfo();
        peer.send("-ERR 'Authorization Violation'\r\n");
      });
      const servers = [first.url, strict.url, await refusedUrl(), access.url];
      await using nc = await connect({ servers, randomize: false, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      await first.kill();
      expect(await log.wait("reconnected")).toMatchObject({ server: access.url });
      expect(log.of("reconnecting").map(({ error }) => error.code)).toEqual([
        "DISCONNECTED",
        "AUTHORIZATION_VIOLATION",
        "CONNECTION_REFUSED",
      ]);
    });
  });

  needs("a cluster")(
    "of a cluster, learned from the one in use, takes over when that is killed, and again [R17] [CONN-09]",
    async () => {
      await withCluster(3, {}, async ({ servers }) => {
        const byUrl = (url: string | undefined): RunningServer =>
          servers.find((server) => server.url === url)!;
        await using nc = await connect({ servers: servers[0]!.url, reconnect: QUICK_RECONNECT });
        const log = new EventLog(nc);
        await expect.poll(() => [...nc.servers].sort()).toEqual(servers.map(({ url }) => url).sort());
        const received: string[] = [];
        nc.subscribe("work", { queue: "q", callback: keepTexts(received) });
        await nc.flush();
        const used = new Set([nc.server]);
        for (let i = 1; i <= 2; i++) {
          await byUrl(nc.server).kill();
          await log.wait("disconnected", i);
          publishNumbers(nc, "work", 2, 2 * i - 1);
          await log.wait("reconnected", i);
          await nc.flush();
          used.add(nc.server);
        }
        expect(used.size).toBe(3);
        expect(received).toEqual(["1", "2", "3", "4"]);
        expect(log.of("disconnected")).toHaveLength(2);
      });
    },
  );

  test("that joins the cluster later, or leaves, is told, once [R17] [POOL-25] [SC-23]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect(server.url);
    const log = new EventLog(nc);
    const own = `127.0.0.1:${server.port}`;
    const peer = server.peers[0]!;
    for (const list of [
      [own, "a.invalid:1", "[::1]:2"],
      [own, "a.invalid:1"],
      [own, "a.invalid:1", "[::1]:2"],
      [],
    ]) {
      peer.sendInfo({ connect_urls: list });
      await nc.flush();
      const expected = (list.length === 0 ? [own, "a.invalid:1", "[::1]:2"] : list).map(
        (address) => `${SCHEME}://${address}`,
      );
      expect([...nc.servers].sort()).toEqual(expected.sort());
    }
    // Events begin a turn after connect(), and four round trips may be faster than that.
    await log.wait("discovered", 3);
    await nc.flush();
    const last = `${SCHEME}://[::1]:2`;
    expect(log.of("discovered").map(({ servers, left }) => [[...servers].sort(), left])).toEqual([
      [[last, `${SCHEME}://a.invalid:1`], []],
      [[], [last]],
      [[last], []],
    ]);
  });
});

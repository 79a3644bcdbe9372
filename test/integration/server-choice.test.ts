import { describe, expect, test } from "vitest";
import { connect, type ReconnectAttempt, type ReconnectOptions } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { NEVER } from "../support/never.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { refusedUrl } from "../support/nats-server.ts";

type Choice = ReconnectAttempt & { servers: readonly string[] };

describe("reconnect.chooseServer", () => {
  test("is told attempt, pass, error and servers, and its choice is followed", async () => {
    await using first = await ScriptedServer.start(acceptAll());
    await using second = await ScriptedServer.start(acceptAll());
    await using third = await ScriptedServer.start(acceptAll());
    const servers = [first.url, second.url, third.url];
    const asked: Choice[] = [];
    const chooseServer = (choice: Choice): string => {
      asked.push(choice);
      return third.url;
    };
    const reconnect = { ...QUICK_RECONNECT, chooseServer };
    await using nc = await connect({ servers, randomize: false, reconnect });
    const log = new EventLog(nc);
    first.peers[0]!.destroy();
    expect(await log.wait("reconnected")).toMatchObject({ server: third.url });
    expect(asked).toMatchObject([{ attempt: 1, pass: 1, error: log.of("disconnected")[0]!.error }]);
    expect([...asked[0]!.servers].sort()).toEqual([...servers].sort());
    expect(second.connections).toBe(0);
  });

  test("may choose a server whose pause is not over: it is waited for, unless a delay handler says otherwise", async () => {
    const down = await refusedUrl();
    await using server = await ScriptedServer.start(acceptAll());
    const reconnect: ReconnectOptions = {
      delay: NEVER,
      maxDelay: NEVER,
      chooseServer: ({ attempt }) => (attempt <= 3 ? down : undefined),
      delayHandler: () => 0,
    };
    await using nc = await connect({ servers: [server.url, down], randomize: false, reconnect });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    const chosen = log.of("reconnecting").map((event) => event.server);
    expect(chosen).toEqual([down, down, down, server.url]);
  });

  test.each<[string, (choice: Choice) => string, string]>([
    ["an unknown URL", () => "nats://elsewhere.invalid:1", "elsewhere.invalid"],
    ["no URL", () => 17 as unknown as string, "17"],
    [
      "an exception",
      () => {
        throw new Error("broken choice");
      },
      "broken choice",
    ],
  ])("that gives %s is told by an error event and left aside", async (_title, chooseServer, text) => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, reconnect: { ...QUICK_RECONNECT, chooseServer } });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    await nc.flush();
    const { error } = await log.wait("error");
    expect(error).toMatchObject({ code: "HANDLER_FAILED", argument: "chooseServer" });
    expect(error.message).toContain(text);
    expect(log.of("error")).toHaveLength(1);
  });
});

describe("reconnect.delayHandler", () => {
  test("is told server and usual delay, and begins at 1 with each outage [RECON-16]", async () => {
    await using server = await ScriptedServer.start((peer) =>
      peer.number === 2 ? peer.destroy() : acceptAll()(peer),
    );
    const asked: [number, string, number][] = [];
    const delayHandler: ReconnectOptions["delayHandler"] = (attempt) => {
      asked.push([attempt.attempt, attempt.server, attempt.delay]);
      return 1;
    };
    await using nc = await connect({
      servers: server.url,
      reconnect: { delay: NEVER, maxDelay: NEVER, jitter: 0, delayHandler },
    });
    const log = new EventLog(nc);
    (await server.peer(1)).destroy();
    await log.wait("reconnected");
    (await server.peer(3)).destroy();
    await log.wait("reconnected", 2);
    expect(asked.map(([attempt, url]) => [attempt, url])).toEqual([
      [1, server.url],
      [2, server.url],
      [1, server.url],
    ]);
    // The first attempt of an outage has no pause; one that failed has all of it.
    expect(asked[0]![2]).toBe(0);
    expect(asked[1]![2]).toBeGreaterThan(NEVER / 2);
    expect(log.of("reconnecting").map(({ delay }) => delay)).toEqual([1, 1, 1]);
  });

  test.each([0, -1, -Infinity])("with %d lets no time pass [RECON-16]", async (delay) => {
    await using server = await ScriptedServer.start((peer) =>
      peer.number === 2 ? peer.destroy() : acceptAll()(peer),
    );
    const reconnect = { delay: NEVER, maxDelay: NEVER, delayHandler: () => delay };
    await using nc = await connect({ servers: server.url, reconnect });
    const log = new EventLog(nc);
    (await server.peer(1)).destroy();
    await log.wait("reconnected");
    expect(log.of("reconnecting").map((event) => event.delay)).toEqual([0, 0]);
    expect(log.of("error")).toEqual([]);
  });

  test.each<[string, () => number]>([
    ["NaN", () => NaN],
    ["Infinity", () => Infinity],
    ["a text", () => "soon" as unknown as number],
    ["a promise", () => Promise.resolve(1) as unknown as number],
    [
      "an exception",
      () => {
        throw new Error("broken delay");
      },
    ],
  ])("that gives %s is told by an error event and left aside", async (_title, delayHandler) => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, reconnect: { ...QUICK_RECONNECT, delayHandler } });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    expect(await log.wait("error")).toMatchObject({
      error: { code: "HANDLER_FAILED", argument: "delayHandler" },
    });
    expect(log.of("reconnecting")).toMatchObject([{ delay: 0 }]);
  });
});

describe("reconnect.maxAttempts", () => {
  test("counts for each server; when none is left the connection closes with all failures [RECON-13] [RECON-14] [RECON-32]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const servers = [server.url, await refusedUrl(), await refusedUrl()];
    const reconnect = { delay: 1, maxDelay: 1, maxAttempts: 2 };
    await using nc = await connect({ servers, randomize: false, reconnect });
    const log = new EventLog(nc);
    await server.stop();
    const { error } = await log.wait("closed");
    const tried = log.of("reconnecting").map((event) => event.server);
    expect([...tried].sort()).toEqual([...servers, ...servers].sort());
    expect(error?.attempts?.map((attempt) => attempt.server)).toEqual(tried);
    expect(nc.servers).toEqual([]);
    expect(await nc.closed()).toBe(error);
  });

  test("counts on for a server although others were connected meanwhile [RECON-14] [RECON-22]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const dead = await refusedUrl();
    const chooseServer = ({ attempt, servers }: Choice): string | undefined =>
      attempt === 1 && servers.includes(dead) ? dead : undefined;
    const reconnect = { delay: 1, maxDelay: 1, maxAttempts: 3, chooseServer };
    await using nc = await connect({ servers: [server.url, dead], randomize: false, reconnect });
    const log = new EventLog(nc);
    for (let outage = 1; outage <= 5; outage++) {
      server.peers.at(-1)!.destroy();
      await log.wait("reconnected", outage);
      await nc.flush();
      expect([...nc.servers].sort()).toEqual((outage < 3 ? [dead, server.url] : [server.url]).sort());
    }
    expect(log.of("reconnecting").filter((event) => event.server === dead)).toHaveLength(3);
  });
});

describe("a move on demand", () => {
  test("tries each other server once, in order, until one can be had; chooseServer is not asked", async () => {
    await using first = await ScriptedServer.start(acceptAll());
    await using last = await ScriptedServer.start(acceptAll());
    await using silent = await ScriptedServer.start(() => undefined);
    const servers = [first.url, await refusedUrl(), silent.url, last.url];
    const chooseServer = (): string => expect.unreachable();
    const reconnect = { ...QUICK_RECONNECT, maxAttempts: 1, chooseServer };
    await using nc = await connect({ servers, randomize: false, timeout: 200, reconnect });
    const log = new EventLog(nc);
    await nc.reconnect();
    expect(await log.wait("moved")).toMatchObject({ from: first.url, server: last.url });
    expect([first.connections, silent.connections, last.connections]).toEqual([1, 1, 1]);
    expect(log.types).toEqual(["moved"]);
    // None is given up for a move that failed.
    expect([...nc.servers].sort()).toEqual([...servers].sort());
  });

  test("rejects with all failures if no other can be had, and stays where it is", async () => {
    await using first = await ScriptedServer.start(acceptAll());
    await using silent = await ScriptedServer.start(() => undefined);
    const refused = await refusedUrl();
    await using nc = await connect({
      servers: [first.url, refused, silent.url],
      randomize: false,
      timeout: 200,
    });
    const log = new EventLog(nc);
    const error = await failure(nc.reconnect());
    expect(error).toMatchObject({ code: "NO_SERVERS" });
    expect(error.attempts).toMatchObject([
      { server: refused, error: { code: "CONNECTION_REFUSED" } },
      { server: silent.url, phase: "info", error: { code: "CONNECT_TIMEOUT" } },
    ]);
    await nc.flush();
    expect([nc.server, first.connections, log.types]).toEqual([first.url, 1, []]);
  });

  test("makes a new link to the server in use if that is the only one", async () => {
    await using only = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: only.url });
    await nc.reconnect();
    expect([nc.server, only.connections]).toEqual([only.url, 2]);
  });
});

test("asked for while an attempt is under way, the next one begins as soon as that has failed, without its pause", async () => {
  await using server = await ScriptedServer.start(async (peer) => {
    // The attempt that is under way gets no answer.
    if (peer.number !== 2) await acceptAll()(peer);
  });
  const reconnect = { delay: NEVER, maxDelay: NEVER, jitter: 0 };
  await using nc = await connect({ servers: server.url, timeout: 500, reconnect });
  const log = new EventLog(nc);
  server.peers[0]!.destroy();
  await server.peer(2);
  await nc.reconnect({ timeout: 10_000 });
  expect([nc.state, server.connections]).toEqual(["connected", 3]);
  expect(log.of("reconnecting")).toHaveLength(2);
});

test("one of two servers that swallows everything costs its own time limit, and the other is tried then [R16]", async () => {
  await using hole = await ScriptedServer.start(() => undefined);
  await using server = await ScriptedServer.start(acceptAll());
  const servers = [server.url, hole.url];
  await using nc = await connect({ servers, randomize: false, timeout: 1000, reconnect: QUICK_RECONNECT });
  const log = new EventLog(nc);
  server.peers[0]!.destroy();
  expect(await log.wait("reconnected")).toMatchObject({ server: server.url });
  expect(log.of("reconnecting")).toMatchObject([
    { server: hole.url, delay: 0 },
    { server: server.url, error: { code: "CONNECT_TIMEOUT", phase: "info", server: hole.url } },
  ]);
  await hole.peers[0]!.closed;
  expect([hole.connections, server.connections]).toEqual([1, 2]);
});

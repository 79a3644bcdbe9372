import { describe, expect, test } from "vitest";
import { connect, headers, type ReconnectAttempt } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { eventually } from "../support/eventually.ts";
import { failure } from "../support/failure.ts";
import { refusedUrl, SCHEME, SECURE_SCHEME, useServer, withServer } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

type Asked = ReconnectAttempt & { server: string; delay: number };

describe("reconnect.delayHandler", () => {
  test("is asked before each attempt, for as long as there are any [RECON-16] [SC-20]", async () => {
    const servers = await refusedUrl();
    const asked: Asked[] = [];
    const delayHandler = (attempt: Asked): number => {
      asked.push(attempt);
      return asked.length % 2 === 0 ? -1 : 0;
    };
    const nc = await connect({
      servers,
      reconnect: { firstConnect: "background", maxAttempts: 4, delayHandler },
    });
    expect((await nc.closed())?.code).toBe("CONNECTION_REFUSED");
    expect(asked.map(({ attempt, pass }) => [attempt, pass])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect(asked).toMatchObject(
      asked.map(() => ({ server: servers, error: { code: "CONNECTION_REFUSED" } })),
    );
    expect(asked.map(({ delay }) => delay > 0)).toEqual([false, true, true, true]);
  });

  test("counts a pass over those servers that are left [RECON-16] [RECON-13]", async () => {
    const passes: number[] = [];
    const nc = await connect({
      servers: [await refusedUrl(), await refusedUrl()],
      reconnect: {
        firstConnect: "background",
        maxAttempts: 2,
        delayHandler: ({ pass }) => {
          passes.push(pass);
          return 0;
        },
      },
    });
    await nc.closed();
    expect(passes).toEqual([1, 1, 2, 2]);
  });

  test("counts passes over all servers, and anew for each outage [RECON-16]", async () => {
    await withServer({}, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const asked: Asked[] = [];
      const delayHandler = (attempt: Asked): number => {
        asked.push(attempt);
        return 5;
      };
      await using nc = await connect({
        servers: [proxy.url, await refusedUrl()],
        randomize: false,
        reconnect: { delayHandler },
      });
      const events = new EventLog(nc);
      for (const outage of [1, 2]) {
        proxy.refuse();
        proxy.cut();
        await events.wait("disconnected", outage);
        await eventually(() => expect(asked.at(-1)?.attempt).toBeGreaterThan(4));
        expect(asked.slice(0, 4).map(({ attempt, pass }) => [attempt, pass])).toEqual([
          [1, 1],
          [2, 1],
          [3, 2],
          [4, 2],
        ]);
        await proxy.accept();
        await events.wait("reconnected", outage);
        asked.length = 0;
      }
    });
  });

  test.each([
    ["throws", () => JSON.parse("broken") as number],
    ["returns no number", () => "soon" as unknown as number],
    ["returns nothing", () => undefined as unknown as number],
    ["returns NaN", () => Number.NaN],
    ["returns more than a timer can wait", () => 2 ** 31],
  ])("that %s is reported, and the usual pause is made", async (_what, delayHandler) => {
    await withServer({}, async (server) => {
      await using proxy = await Proxy.start(server.port);
      await using nc = await connect({ servers: proxy.url, reconnect: { delayHandler, delay: 5 } });
      const events = new EventLog(nc);
      proxy.cut();
      expect((await events.wait("error")).error).toMatchObject({
        code: "HANDLER_FAILED",
        argument: "delayHandler",
      });
      await events.wait("reconnected");
    });
  });
});

describe("the part of a pause that is left to chance", () => {
  /** The pauses that would be made before the attempts 2 to 9, in parts of the longest possible one of each. */
  async function pauses(scheme: string, jitter: number, jitterTls: number): Promise<number[]> {
    const delay = 10_000_000;
    const parts: number[] = [];
    const nc = await connect({
      servers: (await refusedUrl()).replace(SCHEME, scheme),
      reconnect: {
        firstConnect: "background",
        maxAttempts: 9,
        delay,
        maxDelay: delay,
        jitter,
        jitterTls,
        delayHandler: (attempt) => {
          if (attempt.attempt > 1) parts.push(attempt.delay / delay);
          return 0;
        },
      },
    });
    await nc.closed();
    return parts;
  }

  const isFull = (part: number): boolean => part > 0.95 && part <= 1;

  test.each([
    [SCHEME, 0, 1],
    [SECURE_SCHEME, 1, 0],
  ])("is none with %s:// when its option says so [RECON-15]", async (scheme, jitter, jitterTls) => {
    expect((await pauses(scheme, jitter, jitterTls)).every(isFull)).toBe(true);
  });

  test.each([
    [SCHEME, 1, 0],
    [SECURE_SCHEME, 0, 1],
  ])("is all of it with %s:// when its option says so [RECON-15]", async (scheme, jitter, jitterTls) => {
    // One in 10^10 that chance leaves all of them whole.
    expect((await pauses(scheme, jitter, jitterTls)).every(isFull)).toBe(false);
  });
});

describe("reconnect.chooseServer", () => {
  test("that names a server which nobody knows is reported and left aside", async () => {
    await withServer({}, async (server) => {
      await using proxy = await Proxy.start(server.port);
      const offered: (readonly string[])[] = [];
      await using nc = await connect({
        servers: proxy.url,
        reconnect: {
          chooseServer: ({ servers }) => {
            offered.push(servers);
            return `${SCHEME}://nobody.knows:1`;
          },
        },
      });
      const events = new EventLog(nc);
      proxy.cut();
      expect((await events.wait("error")).error).toMatchObject({
        code: "HANDLER_FAILED",
        argument: "chooseServer",
      });
      expect(await events.wait("reconnected")).toMatchObject({ server: proxy.url });
      expect(offered[0]).toEqual([proxy.url]);
    });
  });

  test("is not asked when no server is left to choose from", async () => {
    const servers = await refusedUrl();
    const offered: (readonly string[])[] = [];
    const nc = await connect({
      servers,
      reconnect: {
        firstConnect: "background",
        maxAttempts: 2,
        delay: 1,
        chooseServer: (attempt) => {
          offered.push(attempt.servers);
          return undefined;
        },
      },
    });
    const events = new EventLog(nc);
    await events.wait("closed");
    expect(offered).toEqual([[servers], [servers]]);
    expect(events.of("error")).toEqual([]);
  });

  test("is followed", async () => {
    await withServer({}, async (first) => {
      await withServer({}, async (second) => {
        await using proxy = await Proxy.start(first.port);
        await using nc = await connect({
          servers: [proxy.url, second.url],
          randomize: false,
          reconnect: { chooseServer: () => proxy.url },
        });
        const events = new EventLog(nc);
        proxy.cut();
        expect(await events.wait("reconnected")).toMatchObject({ server: proxy.url });
      });
    });
  });
});

describe("a first connect", () => {
  test("uses up no attempts, and is no outage [CONN-10] [CONN-11]", async () => {
    await withServer({}, async (server) => {
      await using proxy = await Proxy.start(server.port);
      await using nc = await connect({
        servers: [await refusedUrl(), proxy.url],
        randomize: false,
        reconnect: { maxAttempts: 1, delay: 1 },
      });
      const events = new EventLog(nc);
      await nc.flush();
      expect(events.types).toEqual([]);
      proxy.cut();
      await events.wait("reconnected");
      expect(nc.server).toBe(proxy.url);
    });
  });

  test("leaves a server that refused it all the attempts of a later outage [CONN-11]", async () => {
    const refusing = await refusedUrl();
    const server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({
      servers: [refusing, server.url],
      randomize: false,
      reconnect: { maxAttempts: 2, delay: 1, maxDelay: 1 },
    });
    const events = new EventLog(nc);
    await server.stop();
    await events.wait("closed");
    const tried = events.of("reconnecting").map(({ server }) => server);
    expect(tried.filter((server) => server === refusing)).toHaveLength(2);
  });

  test("of a move that fails uses up no attempts either", async () => {
    const refusing = await refusedUrl();
    const server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({
      servers: [server.url, refusing],
      randomize: false,
      reconnect: { maxAttempts: 2, delay: 1, maxDelay: 1 },
    });
    const events = new EventLog(nc);
    for (let i = 0; i < 3; i++) expect((await failure(nc.reconnect())).code).toBe("CONNECTION_REFUSED");
    await server.stop();
    await events.wait("closed");
    const tried = events.of("reconnecting").map(({ server }) => server);
    expect(tried.filter((server) => server === refusing)).toHaveLength(2);
  });

  test("in the background that uses up its attempts closes with the reason [CONN-18]", async () => {
    const nc = await connect({
      servers: await refusedUrl(),
      reconnect: { firstConnect: "background", maxAttempts: 2, delay: 1 },
    });
    const events = new EventLog(nc);
    expect(await events.wait("closed")).toMatchObject({ error: { code: "CONNECTION_REFUSED" } });
    expect(events.types.filter((type) => type !== "reconnecting")).toEqual(["closed"]);
    expect(nc.lastError?.code).toBe("CONNECTION_REFUSED");
  });

  test("in the background takes what the usual server takes, and no more [CONN-15] [CONN-16]", async () => {
    const nc = await connect({ servers: await refusedUrl(), reconnect: { firstConnect: "background" } });
    const fits = new Uint8Array(1024 * 1024);
    nc.publish("a", fits);
    nc.publish("a", "x", { headers: headers({ A: "1" }) });
    expect(() => nc.publish("a", new Uint8Array(fits.length + 1))).toThrow(
      expect.objectContaining({ code: "MAX_PAYLOAD_EXCEEDED" }),
    );
    await nc.close();
  });

  test.each([true, "background"] as const)(
    "that is tried again (%s) is not, when an option is wrong [CONN-08]",
    async (firstConnect) => {
      const given = { servers: "nats://a:99999", reconnect: { firstConnect } };
      expect((await failure(connect(given))).code).toBe("INVALID_SERVER_URL");
    },
  );
});

describe("an outage", () => {
  test("leaves room for a close between two attempts without a pause [RECON-18] [CLOSE-09]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: { delayHandler: () => 0 } });
      const closed = new Promise<void>((resolve) => {
        nc.on("reconnecting", async ({ attempt }) => {
          if (attempt === 3) await nc.close().then(resolve);
        });
      });
      await server.kill();
      await closed;
      expect(nc.state).toBe("closed");
    });
  });

  test("right after the one before is told after its end [RECON-31]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      if (peer.number === 2) peer.close();
      if (peer.number === 1) {
        await peer.readLine();
        peer.close();
      }
    });
    await using nc = await connect({
      servers: server.url,
      reconnect: { delay: 1, maxDelay: 1 },
      disposeTimeout: 0,
    });
    const events = new EventLog(nc);
    nc.publish("a");
    await events.wait("reconnected", 2);
    expect(events.types.filter((type) => type !== "reconnecting")).toEqual([
      "disconnected",
      "reconnected",
      "disconnected",
      "reconnected",
    ]);
  });

  test("gives a server up for good; it comes back when INFO names it again [RECON-34]", async () => {
    const gone = await refusedUrl();
    const [, address] = gone.split("//");
    let names: readonly string[] = [];
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ connect_urls: names });
      if (peer.number === 1) {
        await peer.readLine();
        peer.close();
      }
    });
    await using nc = await connect({
      servers: [server.url, gone],
      randomize: false,
      reconnect: { maxAttempts: 1, delay: 1 },
      disposeTimeout: 0,
    });
    const events = new EventLog(nc);
    names = [address!];
    nc.publish("a");
    await events.wait("reconnected");
    expect(nc.servers).toContain(gone);
    expect(nc.discoveredServers).toEqual([gone]);
  });

  test("keeps the last payload limit [PUB-12]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ max_payload: 10 });
      await peer.readLine();
      peer.close();
    });
    const nc = await connect({ servers: server.url, reconnect: { delayHandler: () => 600_000 } });
    const events = new EventLog(nc);
    nc.publish("a");
    await events.wait("reconnecting");
    nc.publish("a", "0123456789");
    expect(() => nc.publish("a", "0123456789x")).toThrow(
      expect.objectContaining({ code: "MAX_PAYLOAD_EXCEEDED" }),
    );
    await nc.close();
  });

  test("because a server is full goes on with another one [ERR-04]", async () => {
    await withServer({}, async (other) => {
      await using full = await ScriptedServer.start(async (peer) => {
        await peer.accept();
        await peer.readLine();
        peer.send("-ERR 'maximum connections exceeded'\r\n");
      });
      await using nc = await connect({ servers: [full.url, other.url], randomize: false });
      const events = new EventLog(nc);
      nc.publish("a");
      expect(await events.wait("disconnected")).toMatchObject({
        error: { code: "MAX_CONNECTIONS_EXCEEDED" },
      });
      expect(await events.wait("reconnected")).toMatchObject({ server: other.url });
    });
  });
});

describe("servers named by the INFO of a handshake", () => {
  test("are told when it is that of a reconnect, not of the first connect [INFO-09]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ connect_urls: peer.number === 1 ? ["first.invalid:1"] : ["second.invalid:2"] });
      if (peer.number > 1) return;
      await peer.readLine();
      peer.close();
    });
    const chooseServer = (): string => server.url;
    await using nc = await connect({ servers: server.url, reconnect: { chooseServer }, disposeTimeout: 0 });
    const events = new EventLog(nc);
    expect(nc.discoveredServers).toEqual([`${SCHEME}://first.invalid:1`]);
    nc.publish("a");
    await events.wait("reconnected");
    expect(events.of("discovered")).toMatchObject([{ servers: [`${SCHEME}://second.invalid:2`] }]);
  });
});

describe("what a connection shows", () => {
  const access = useServer();

  test("counts subscriptions that are not closed, draining ones too [SUB-14]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("a");
    nc.subscribe("b");
    nc.subscribe("echo", { callback: (m) => m.respond() });
    await nc.request("echo");
    expect(nc.subscriptionCount).toBe(3);
    nc.publish("a");
    await nc.flush();
    const draining = sub.drain();
    expect(nc.subscriptionCount).toBe(3);
    await sub.next();
    sub.unsubscribe();
    await draining;
    expect(nc.subscriptionCount).toBe(2);
  });

  test("counts pending bytes of payload, without headers [MSGQ-05]", async () => {
    await using nc = await connect(access.url);
    const sub = nc.subscribe("a");
    nc.publish("a", "12345", { headers: headers({ Long: "x".repeat(100) }) });
    await nc.flush();
    expect(sub.pending).toEqual({ messages: 1, bytes: 5 });
  });

  test("is where it is connected to [STAT-24]", async () => {
    await withServer({}, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: false });
      expect(nc.remoteAddress).toBe(`127.0.0.1:${server.port}`);
      await nc.close();
      expect(nc.remoteAddress).toBeUndefined();
      expect([nc.localAddress, nc.isSecure]).toEqual([undefined, false]);
    });
  });
});

describe("what is wrong with a publish is told in order", () => {
  test("headers, then closed; too large, then a full buffer [PUB-01] [PUB-02]", async () => {
    const head = { headers: headers({ A: "1" }) };
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept({ headers: false, max_payload: 10 });
      await peer.readLine();
      peer.close();
    });
    const reconnect = { delayHandler: () => 600_000 };
    const nc = await connect({ servers: server.url, reconnect, reconnectBufferSize: 1 });
    const events = new EventLog(nc);
    const codeOf = (publish: () => void): unknown => {
      try {
        publish();
        return undefined;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    nc.publish("a");
    await events.wait("reconnecting");
    expect(codeOf(() => nc.publish("a", "x"))).toBeUndefined();
    expect(codeOf(() => nc.publish("a", "x"))).toBe("OUTBOUND_LIMIT_EXCEEDED");
    expect(codeOf(() => nc.publish("a", "0123456789x"))).toBe("MAX_PAYLOAD_EXCEEDED");
    expect(codeOf(() => nc.publish("a b", "0123456789x"))).toBe("INVALID_SUBJECT");
    await nc.close();
    expect(codeOf(() => nc.publish("a", "x"))).toBe("CONNECTION_CLOSED");
    expect(codeOf(() => nc.publish("a", "x", head))).toBe("HEADERS_NOT_SUPPORTED");
  });
});

import { createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { keepTexts, publishNumbers } from "../support/collect.ts";
import { EventLog } from "../support/event-log.ts";
import { FakeNetwork } from "../support/fake-network.ts";
import { failure, thrown } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { listen } from "../support/listen.ts";
import {
  needs,
  refusedUrl,
  SCHEME,
  startServer,
  urlOf,
  useServer,
  withCluster,
} from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";
import { NEVER } from "../support/never.ts";
import { dialByHand } from "../support/socket-transport.ts";

const access = useServer();

const hostPort = (url: string): string => url.replace(`${SCHEME}://`, "");

const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === "::1"),
);

describe("servers that a server names", () => {
  test("are known apart from those of the options, under the scheme in use [POOL-10] [POOL-11]", async () => {
    const own = "127.0.0.1";
    await using server = await ScriptedServer.start(async (peer) => {
      const list = [`${own}:${server.port}`, "a.invalid:1", "[::1]:2"];
      await acceptAll(undefined, { connect_urls: list })(peer);
    });
    await using nc = await connect(server.url);
    expect([...nc.discoveredServers].sort()).toEqual([`${SCHEME}://[::1]:2`, `${SCHEME}://a.invalid:1`]);
    expect(nc.servers).toHaveLength(3);
    expect(nc.servers[0]).toBe(server.url);
  });

  test("are left aside with discoverServers: false, also when there is no other [POOL-20]", async () => {
    await using other = await ScriptedServer.start(acceptAll());
    const list = { connect_urls: [hostPort(other.url)] };
    await using server = await ScriptedServer.start(async (peer) => {
      peer.sendInfo(list);
      if (peer.number > 1) {
        peer.send("-ERR 'Maximum Connections Exceeded'\r\n");
        peer.close();
        return;
      }
      await peer.expect("CONNECT");
      peer.send("PONG\r\n");
      await peer.expect("PING");
      peer.sendInfo(list);
    });
    const reconnect = { ...QUICK_RECONNECT, maxAttempts: 2 };
    await using nc = await connect({ servers: server.url, discoverServers: false, reconnect });
    const log = new EventLog(nc);
    await server.done();
    server.peers[0]!.destroy();
    await log.wait("closed");
    expect([nc.servers, nc.discoveredServers, log.of("discovered")]).toEqual([[], [], []]);
    expect([server.connections, other.connections]).toEqual([3, 0]);
    await expect(connect({ servers: server.url, discoverServers: false })).rejects.toMatchObject({
      code: "MAX_CONNECTIONS_EXCEEDED",
    });
    expect(other.connections).toBe(0);
  });

  test("are tried in the same walk if it then refuses [CONN-09] [POOL-27]", async () => {
    await using server = await ScriptedServer.start((peer) => {
      peer.sendInfo({ connect_urls: [hostPort(access.url)] });
      peer.send("-ERR 'Maximum Connections Exceeded'\r\n");
      peer.close();
    });
    await using nc = await connect(server.url);
    expect(nc.server).toBe(access.url);
    expect(nc.discoveredServers).toEqual([access.url]);
  });

  test("go when they are no longer named, but not the one in use nor those of the options [POOL-22]", async () => {
    const named = acceptAll(undefined, { connect_urls: ["a.invalid:1"] });
    await using second = await ScriptedServer.start(named);
    const list = { connect_urls: [hostPort(second.url), "b.invalid:2"] };
    const first = await ScriptedServer.start(acceptAll(undefined, list));
    const chooseServer = (): string => second.url;
    await using nc = await connect({ servers: first.url, reconnect: { ...QUICK_RECONNECT, chooseServer } });
    const log = new EventLog(nc);
    expect(nc.discoveredServers).toContain(`${SCHEME}://b.invalid:2`);
    await first.stop();
    await log.wait("reconnected");
    expect([...nc.servers].sort()).toEqual([first.url, second.url, `${SCHEME}://a.invalid:1`].sort());
    expect([...nc.discoveredServers].sort()).toEqual([second.url, `${SCHEME}://a.invalid:1`].sort());
  });

  needs("a cluster")("come and go with a real cluster [R17] [POOL-22] [POOL-25]", async () => {
    await withCluster(2, {}, async ({ servers }) => {
      const urls = servers.map(({ url }) => url);
      await using nc = await connect({ servers: urls[0]!, lameDuck: "stay" });
      await using deaf = await connect({ servers: urls[0]!, discoverServers: false });
      const log = new EventLog(nc);
      await expect.poll(() => [...nc.servers].sort(), { timeout: 20_000 }).toEqual([...urls].sort());
      const route = servers[0]!.ports.cluster![0]!;
      const config = `cluster { name: "cluster", listen: "127.0.0.1:-1", routes: ["${route}"] }`;
      const third = await startServer({ config, name: "cluster-3" });
      try {
        await expect.poll(() => nc.discoveredServers, { timeout: 20_000 }).toContain(third.url);
        await expect.poll(() => log.of("discovered").at(-1)?.servers).toEqual([third.url]);
        await third.kill();
        await expect.poll(() => nc.discoveredServers, { timeout: 20_000 }).toEqual([urls[1]]);
        expect(log.of("discovered").at(-1)).toMatchObject({ servers: [], left: [third.url] });
        await third.restart();
        await expect.poll(() => nc.discoveredServers, { timeout: 20_000 }).toContain(third.url);
        await nc.flush();
        expect(log.of("discovered").at(-1)).toMatchObject({ servers: [third.url], left: [] });
        expect(deaf.servers).toEqual([urls[0]]);
      } finally {
        await third.stop();
      }
    });
  });
});

describe("setServers()", () => {
  test("keeps the link, and is what the next attempts go by", async () => {
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    nc.setServers(`${access.url}, `);
    expect([nc.state, nc.server, nc.servers, log.types]).toEqual(["connected", proxy.url, [access.url], []]);
    await nc.flush();
    proxy.cut();
    expect(await log.wait("reconnected")).toMatchObject({ server: access.url });
    expect(proxy.connections).toBe(1);
    expect(nc.servers).toEqual([access.url]);
  });

  test("takes the place of discovered servers too", async () => {
    const list = { connect_urls: ["a.invalid:1", "b.invalid:2"] };
    await using server = await ScriptedServer.start(acceptAll(undefined, list));
    await using nc = await connect({ servers: server.url, randomize: false });
    expect(nc.discoveredServers).toHaveLength(2);
    nc.setServers([server.url, `${SCHEME}://c.invalid:3`]);
    expect([nc.servers, nc.discoveredServers]).toEqual([[server.url, `${SCHEME}://c.invalid:3`], []]);
  });

  test.each<[string, string | string[], string]>([
    ["an URL that does not parse", ["nats://127.0.0.1:99999"], "INVALID_SERVER_URL"],
    ["a scheme that can't be dialled", ["http://127.0.0.1"], "INVALID_SERVER_URL"],
    ["an empty list", [], "INVALID_OPTION"],
    ["a good and a bad one", ["127.0.0.1", "nats://"], "INVALID_SERVER_URL"],
    ["no text", [1 as unknown as string], "INVALID_OPTION"],
  ])("refuses %s, and nothing changes", async (_title, servers, code) => {
    await using nc = await connect(access.url);
    expect(thrown(() => nc.setServers(servers)).code).toBe(code);
    expect(nc.servers).toEqual([access.url]);
  });

  test("refuses a token in a URL beside the function that gives tokens [AUTH-09]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, token: () => "t" });
    const error = thrown(() => nc.setServers(`${SCHEME}://s3cr3t@127.0.0.1`));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "token" });
    expect(String(error)).not.toContain("s3cr3t");
    expect(nc.servers).toEqual([server.url]);
  });

  test("keeps the failures of servers that stay: they are given up all the same [RECON-14]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const servers = [server.url, await refusedUrl()];
    const attempts: string[] = [];
    const reconnect = { delay: 1, maxDelay: 1, maxAttempts: 3 };
    await using nc = await connect({ servers: server.url, reconnect });
    nc.setServers(servers);
    nc.on("reconnecting", (event) => {
      attempts.push(event.server);
      nc.setServers(nc.servers);
    });
    const log = new EventLog(nc);
    await server.stop();
    await log.wait("closed");
    expect([...attempts].sort()).toEqual([...servers, ...servers, ...servers].sort());
  });
});

describe("the way to a server", () => {
  test.runIf(hasIPv6)("is an IPv6 literal [R18] [DIAL-01]", async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.write("INFO {}\r\n");
      socket.on("data", (data) => {
        if (data.includes("PING")) socket.write("PONG\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    const { port } = server.address() as { port: number };
    try {
      await using nc = await connect(`[::1]:${port}`);
      await nc.flush();
      expect([nc.server, nc.remoteAddress]).toEqual([`nats://[::1]:${port}`, `::1:${port}`]);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  test.runIf(hasIPv6)("is an IPv4 address in the form of IPv6 [R18]", async () => {
    await using nc = await connect(urlOf(access.server.port, "[::ffff:127.0.0.1]"));
    await nc.flush();
    expect(nc.server).toContain("[::ffff:");
  });

  test("is the address of a name at which somebody listens, whatever others it has [R18] [DIAL-01] [DIAL-04]", async () => {
    for (let i = 0; i < 4; i++) {
      await using nc = await connect(urlOf(access.server.port, "localhost"));
      await nc.flush();
      expect(nc.server).toBe(urlOf(access.server.port, "localhost"));
      expect(nc.remoteAddress).toBe(`127.0.0.1:${access.server.port}`);
    }
  });

  // The other addresses of the loopback net are there without further ado on Linux only.
  test.runIf(process.platform === "linux")("begins at localAddress, in an outage too", async () => {
    await using proxy = await Proxy.start(access.server.port);
    const froms: (string | undefined)[] = [];
    const door = createServer((socket) => {
      froms.push(socket.remoteAddress);
      socket.destroy();
    });
    const port = await listen(door);
    try {
      await using nc = await connect({
        servers: proxy.url,
        localAddress: "127.0.0.2",
        reconnect: { ...QUICK_RECONNECT },
      });
      const log = new EventLog(nc);
      nc.setServers(urlOf(port));
      proxy.cut();
      await log.wait("reconnecting", 2);
      expect(froms[0]).toBe("127.0.0.2");
    } finally {
      door.close();
    }
  });

  test("can't begin at an address of another machine [DIAL-09]", async () => {
    // 192.0.2.0/24 is for documentation: nobody has it.
    const connecting = connect({ servers: access.url, localAddress: "192.0.2.1" });
    const error = await expectNoLeak(() => failure(connecting));
    expect(error).toMatchObject({ name: "ConnectionError", code: "DIAL_FAILED", server: access.url });
  });
});

describe("a transport of the application's own", () => {
  needs("a dialler or listener for TCP")(
    "is all that is needed: messages, requests, large payloads, outages, drain [DIAL-06]",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      const dialled: string[] = [];
      await using nc = await connect({
        servers: ["tunnel://somewhere:17"],
        timeout: NEVER,
        reconnect: QUICK_RECONNECT,
        dial: (address, context) => {
          dialled.push(`${address.scheme} ${address.host} ${address.port}`);
          expect(context.signal.aborted).toBe(false);
          expect(context.timeout).toBe(NEVER);
          return dialByHand({ ...address, host: "127.0.0.1", port: proxy.port }, context);
        },
      });
      const log = new EventLog(nc);
      expect(nc.server).toBe("nats://somewhere:17".replace("nats", "tunnel"));
      const received: string[] = [];
      nc.subscribe("work", { callback: keepTexts(received) });
      nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
      const sent = publishNumbers(nc, "work", 1000);
      const large = "x".repeat(900_000);
      nc.publish("work", large);
      await nc.flush();
      expect(received).toEqual([...sent, large]);
      proxy.cut();
      await log.wait("reconnected");
      expect((await nc.request("echo", large)).string()).toBe(large);
      expect(dialled).toEqual(["tunnel somewhere 17", "tunnel somewhere 17"]);
      expect(await nc.drain()).toMatchObject({ timedOut: false, abandoned: 0 });
    },
  );

  const broken = new Error("the tunnel broke");
  needs("a dialler or listener for TCP").each<[string, () => Promise<number>]>([
    ["rejects", () => Promise.reject(broken)],
    [
      "throws",
      () => {
        throw broken;
      },
    ],
  ])(
    "whose end() %s is destroyed, and the connection closes all the same [DIAL-06] [CLOSE-04]",
    async (_how, end) => {
      await expectNoLeak(async () => {
        const nc = await connect({
          servers: access.url,
          dial: async (address, context) => {
            const transport = await dialByHand(address, context);
            return Object.defineProperties(transport, { end: { value: end }, unsentBytes: { value: 17 } });
          },
        });
        const log = new EventLog(nc);
        const closed = nc.closed();
        await nc.close();
        expect(await closed).toBeUndefined();
        const event = { type: "closed", error: undefined, lost: { messages: 0, bytes: 17 } };
        expect(await log.wait("closed")).toEqual(event);
        expect(log.types).toEqual(["closed"]);
      });
    },
  );

  test("that can't be made fails the connect, with the dialler's error as cause [DIAL-06]", async () => {
    const cause = new Error("no such tunnel");
    const error = await failure(connect({ servers: access.url, dial: () => Promise.reject(cause) }));
    expect(error).toMatchObject({ code: "DIAL_FAILED", server: access.url, cause });
  });

  test("that comes too late is ended, and the dialler heard that it is [DIAL-06]", async () => {
    const network = new FakeNetwork(["127.0.0.1"]);
    let aborted = false;
    let destroyed = (): void => undefined;
    const gone = new Promise<void>((resolve) => (destroyed = resolve));
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const connecting = connect({
      servers: access.url,
      timeout: 50,
      dial: async (address, context) => {
        context.signal.addEventListener("abort", () => (aborted = true));
        const transport = await network.dial(address, context);
        await opened;
        return Object.assign(transport, { destroy: destroyed });
      },
    });
    expect(await failure(connecting)).toMatchObject({ code: "CONNECT_TIMEOUT" });
    expect(aborted).toBe(true);
    open();
    await gone;
  });
});

import { once } from "node:events";
import { connect as dial, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { connect, type Connection, type NatsError } from "../../src/index.ts";
import manifest from "../../package.json" with { type: "json" };
import { acceptAll } from "../support/client-operations.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, refusedUrl, urlOf, useServer, withServer } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { refusedPort } from "../support/refused-port.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

/** Accepts, and never says a word. */
const silent = (): void => {};

/** Refuses whoever comes. */
const refuseUser = async (peer: { sendInfo(): void; send(text: string): void }): Promise<void> => {
  peer.sendInfo();
  peer.send("-ERR 'Authorization Violation'\r\n");
};

interface Connz {
  connections: Record<string, unknown>[];
}

describe("the server to connect to", () => {
  const access = useServer();

  test("is given as a URL string", async () => {
    await using nc = await connect(access.url);
    expect(nc.state).toBe("connected");
    expect(nc.server).toBe(access.url);
  });

  test("is not followed by options, as in other clients; what Array.map adds is nothing", async () => {
    const withMore = connect as (url: string, more: unknown) => Promise<Connection>;
    const error = await failure(withMore(access.url, { name: "x" }));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "options" });
    expect(error.message).toContain("connect({ servers: url");
    await using nc = await withMore(access.url, 0);
    expect(nc.state).toBe("connected");
  });

  test.each([
    ["a list", (url: string) => [url]],
    ["host and port without a scheme [URL-01]", (url: string) => url.replace("nats://", "")],
    ["a list with commas and spaces", (url: string) => `${url}, ${url},`],
    ["a name", (url: string) => url.replace("127.0.0.1", "localhost")],
    ["a URL with a slash at its end [URL-07]", (url: string) => `${url}/`],
  ])("is given as %s", async (_title, servers) => {
    await using nc = await connect({ servers: servers(access.url) });
    await nc.flush();
    expect(nc.server).toContain(`:${access.server.port}`);
  });

  needs("a default scheme")(
    "keeps the order of the list with randomize: false, and gets the default port [URL-02] [URL-03] [POOL-10]",
    async () => {
      const others = ["127.0.0.1", "nats://localhost", "[::1]", "nats://user:secret@[::1]:"];
      await using nc = await connect({ servers: [access.url, ...others], randomize: false });
      expect(nc.servers).toEqual([
        access.url,
        "nats://127.0.0.1:4222",
        "nats://localhost:4222",
        "nats://[::1]:4222",
        "nats://[::1]:4222",
      ]);
    },
  );

  test("is chosen at random unless told otherwise [POOL-01]", async () => {
    const given = [access.url, ...(await Promise.all(Array.from({ length: 5 }, refusedUrl)))];
    const orders = new Set<string>();
    for (let i = 0; i < 8; i++) {
      await using nc = await connect({ servers: given });
      expect([...nc.servers].sort()).toEqual([...given].sort());
      orders.add(nc.servers.join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  test("is an IPv6 address in brackets [R18] [URL-03]", async () => {
    const relay = createServer((socket) => {
      const target = dial(access.server.port, "127.0.0.1");
      socket.pipe(target).pipe(socket);
      socket.on("error", () => target.destroy());
      target.on("error", () => socket.destroy());
    });
    relay.listen(0, "::1");
    await once(relay, "listening");
    try {
      const url = urlOf((relay.address() as AddressInfo).port, "[::1]");
      await using nc = await connect(url);
      await nc.flush();
      expect(nc.server).toBe(url);
    } finally {
      relay.close();
    }
  });

  test("is the next one when the first refuses [CONN-01]", async () => {
    const first = await refusedUrl();
    await using nc = await connect({ servers: [first, access.url], randomize: false });
    expect(nc.server).toBe(access.url);
    expect(nc.servers).toEqual([first, access.url]);
  });

  test("is the next one when the first is silent [CONN-04]", async () => {
    await using first = await ScriptedServer.start(silent);
    await using nc = await connect({ servers: [first.url, access.url], randomize: false, timeout: 500 });
    expect(nc.server).toBe(access.url);
    await first.peers[0]!.closed;
  });

  test("forgets what an earlier server of the list failed with [ERR-11]", async () => {
    await using first = await ScriptedServer.start(refuseUser);
    await using nc = await connect({ servers: [first.url, access.url], randomize: false });
    expect(nc.server).toBe(access.url);
    expect(nc.lastError).toBeUndefined();
  });
});

describe("what the server is told", () => {
  const access = useServer();

  test("is the client's name, language and version [HS-03]", async () => {
    await using nc = await connect({ servers: access.url, name: "billing" });
    const { connections } = (await access.server.monitor("/connz")) as unknown as Connz;
    const mine = connections.find(({ cid }) => cid === nc.info?.clientId);
    expect(mine).toMatchObject({ name: "billing", lang: "natspeed", version: manifest.version });
  });

  needs("NATS bytes at a proxy")(
    "is one JSON object with the fields in order, before anything else [HS-01] [HS-03] [HS-04] [HS-05]",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect(proxy.url);
      await nc.flush();
      const [first, second, ...rest] = proxy.recordedUp.toString().split("\r\n");
      const fields = JSON.parse(first!.slice("CONNECT ".length)) as Record<string, unknown>;
      expect(Object.entries(fields)).toEqual([
        ["verbose", false],
        ["pedantic", false],
        ["tls_required", false],
        ["name", ""],
        ["lang", "natspeed"],
        ["version", manifest.version],
        ["protocol", 1],
        ["echo", true],
        ["headers", true],
        ["no_responders", true],
      ]);
      expect([second, ...rest]).toEqual(["PING", "PING", ""]);
    },
  );

  needs("NATS bytes at a proxy").each(["verbose", "pedantic"])(
    "is %s if asked for, and everything works as before [HS-08]",
    async (mode) => {
      await using proxy = await Proxy.start(access.server.port);
      await using nc = await connect({ servers: proxy.url, [mode]: true });
      expect(proxy.recordedUp.toString()).toContain(`"${mode}":true`);
      const sub = nc.subscribe("greet");
      nc.publish("greet", "hello");
      expect((await sub.next({ timeout: 5000 })).string()).toBe("hello");
      await nc.flush();
      expect(proxy.recordedDown.toString().includes("+OK")).toBe(mode === "verbose");
    },
  );

  test("is that own messages must not come back with echo: false [HS-04]", async () => {
    await using other = await connect(access.url);
    await using nc = await connect({ servers: access.url, echo: false });
    const sub = nc.subscribe("greet");
    await nc.flush();
    nc.publish("greet", "from myself");
    await nc.flush();
    other.publish("greet", "from another");
    expect((await sub.next({ timeout: 5000 })).string()).toBe("from another");
  });
});

describe("a server that asks for credentials", () => {
  const byUser = useServer({ config: `authorization { user: "joe doe", password: "p@ss/w:rd%" }` });
  const byToken = useServer({ config: `authorization { token: "s3cr3t" }` });
  const user = { user: "joe doe", password: "p@ss/w:rd%" };
  const inUrl = (url: string, info: string): string => url.replace("//", `//${info}@`);

  test("accepts user and password as options", async () => {
    await using nc = await connect({ servers: byUser.url, ...user });
    expect(nc.state).toBe("connected");
  });

  test("accepts user and password of the URL, escapes decoded [URL-05] [AUTH-01]", async () => {
    const url = inUrl(byUser.url, "joe%20doe:p%40ss%2Fw%3Ard%25");
    await using nc = await connect({ servers: url, user: "other", password: "wrong" });
    expect(nc.state).toBe("connected");
    expect([nc.server, nc.servers]).toEqual([byUser.url, [byUser.url]]);
  });

  test("accepts a token as an option", async () => {
    await using nc = await connect({ servers: byToken.url, token: "s3cr3t" });
    expect(nc.state).toBe("connected");
  });

  test("accepts a token of the URL [AUTH-02]", async () => {
    await using nc = await connect(inUrl(byToken.url, "s3cr3t"));
    expect(nc.state).toBe("connected");
  });

  test.each([
    ["no credentials", {}],
    ["a wrong password", { ...user, password: "wrong" }],
    ["a token", { token: "p@ss/w:rd%" }],
  ])(
    "refuses %s with AUTHORIZATION_VIOLATION, and nothing is left [HS-09] [CONN-07]",
    async (_title, given) => {
      await expectNoLeak(async () => {
        const error = await failure(connect({ servers: byUser.url, ...given }));
        expect(error).toMatchObject({
          name: "AuthenticationError",
          code: "AUTHORIZATION_VIOLATION",
          server: byUser.url,
          phase: "auth",
        });
        expectNoSecret(error, "wrong");
      });
    },
  );

  test("is told as such also when there are several [HS-10]", async () => {
    const servers = [byUser.url, byToken.url];
    const error = await failure(connect({ servers, ...user, password: "wrong", randomize: false }));
    expect(error).toMatchObject({ name: "AuthenticationError", code: "AUTHORIZATION_VIOLATION" });
    expect(error.attempts).toMatchObject(
      servers.map((server) => ({ server, phase: "auth", error: { code: "AUTHORIZATION_VIOLATION" } })),
    );
    expectNoSecret(error, "wrong");
  });
});

describe("a connect that fails", () => {
  test("in different ways tells NO_SERVERS with every server, phase and error, and leaves nothing [CONN-06] [CONN-07]", async () => {
    const refusing = await refusedUrl();
    await using mute = await ScriptedServer.start(silent);
    await using strict = await ScriptedServer.start(refuseUser);
    await using other = await ScriptedServer.start((peer) => peer.send("SSH-2.0-OpenSSH_9.6\r\n"));
    const servers = [refusing, mute.url, strict.url, other.url];
    const error = await expectNoLeak(() => failure(connect({ servers, randomize: false, timeout: 500 })));
    expect(error).toMatchObject({
      name: "ConnectionError",
      code: "NO_SERVERS",
      attempts: [
        { server: refusing, phase: "tcp", error: { code: "CONNECTION_REFUSED" } },
        { server: mute.url, phase: "info", error: { code: "CONNECT_TIMEOUT" } },
        { server: strict.url, phase: "auth", error: { code: "AUTHORIZATION_VIOLATION" } },
        { server: other.url, phase: "info", error: { code: "NOT_A_NATS_SERVER" } },
      ],
    });
    for (const server of servers) expect(error.message).toContain(server);
    for (const peer of [mute, strict, other]) await peer.peers[0]!.closed;
  });

  test("in the same way with every server tells that [CONN-06]", async () => {
    const servers = [await refusedUrl(), await refusedUrl()];
    const error = await failure(connect({ servers, randomize: false }));
    expect(error.code).toBe("CONNECTION_REFUSED");
    expect(error.attempts?.map(({ server }) => server)).toEqual(servers);
  });

  test("can be repeated", async () => {
    const port = await refusedPort();
    const servers = urlOf(port);
    await expect(connect({ servers })).rejects.toMatchObject({ code: "CONNECTION_REFUSED" });
    await withServer({ port }, async () => {
      await using nc = await connect({ servers });
      expect(nc.state).toBe("connected");
    });
  });
});

describe("a signal", () => {
  test("that has aborted rejects with its reason, and nothing is dialled", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const signal = AbortSignal.abort("changed my mind");
    const error = await expectNoLeak(() => failure(connect({ servers: server.url, signal })));
    expect(error).toMatchObject({ name: "AbortError", code: "ABORTED", cause: "changed my mind" });
    await using nc = await connect(server.url);
    await nc.flush();
    expect(server.connections).toBe(1);
  });

  test.each([
    ["INFO", false],
    ["authentication", true],
  ])(
    "that aborts while %s is awaited rejects with its reason, and nothing is left",
    async (_phase, sendsInfo) => {
      await using server = await ScriptedServer.start(async (peer) => {
        if (!sendsInfo) return;
        peer.sendInfo();
        await peer.expect("CONNECT");
      });
      await expectNoLeak(async () => {
        const controller = new AbortController();
        const connecting = failure(
          connect({ servers: server.url, signal: controller.signal, timeout: 60_000 }),
        );
        await server.peer(1);
        if (sendsInfo) await server.done();
        controller.abort(new Error("too slow"));
        const error = await connecting;
        expect(error).toMatchObject({ code: "ABORTED", cause: { message: "too slow" } });
      });
      await server.peers[0]!.closed;
    },
  );

  test("that aborts ends the walk over the servers", async () => {
    const controller = new AbortController();
    await using first = await ScriptedServer.start(() => controller.abort());
    await using second = await ScriptedServer.start(acceptAll());
    const servers = [first.url, second.url];
    const error = await failure(connect({ servers, randomize: false, signal: controller.signal }));
    expect(error.code).toBe("ABORTED");
    expect(second.connections).toBe(0);
  });

  test("that aborts after the connect changes nothing", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const controller = new AbortController();
    await using nc = await connect({ servers: server.url, signal: controller.signal });
    controller.abort();
    await nc.flush();
    expect(nc.state).toBe("connected");
  });
});

describe("reconnect.firstConnect", () => {
  const reconnect = { firstConnect: true, ...QUICK_RECONNECT };

  test("waits for a server that appears later [R9] [CONN-12]", async () => {
    const port = await refusedPort();
    const connecting = connect({ servers: urlOf(port), reconnect });
    await withServer({ port }, async (server) => {
      await using nc = await connecting;
      expect(nc.server).toBe(server.url);
      expect(nc.stats().reconnects).toBe(0);
      const sub = nc.subscribe("greet");
      nc.publish("greet", "at last");
      expect((await sub.next({ timeout: 5000 })).string()).toBe("at last");
    });
  });

  test("ends promptly when the signal aborts in a pause, and nothing is left [R9]", async () => {
    const patient = { firstConnect: true, delay: 600_000, maxDelay: 600_000 };
    await using server = await ScriptedServer.start((peer) => peer.destroy());
    await expectNoLeak(async () => {
      const controller = new AbortController();
      const { signal } = controller;
      const connecting = failure(connect({ servers: server.url, reconnect: patient, signal }));
      // Once around all servers, then once more at once: what follows is the pause.
      await (
        await server.peer(2)
      ).closed;
      controller.abort(new Error("enough"));
      expect(await connecting).toMatchObject({ code: "ABORTED", cause: { message: "enough" } });
    });
    expect(server.connections).toBe(2);
  });

  test("gives up when no attempts are left, and nothing is left", async () => {
    const servers = await refusedUrl();
    const limited = { ...reconnect, maxAttempts: 3 };
    const error = await expectNoLeak(() => failure(connect({ servers, reconnect: limited })));
    expect(error.code).toBe("CONNECTION_REFUSED");
  });

  test("does not try a wrong password again [R10]", async () => {
    await withServer({ config: `authorization { token: "s3cr3t" }` }, async ({ url }) => {
      const error = await expectNoLeak(() => failure(connect({ servers: url, token: "wrong", reconnect })));
      expect(error.code).toBe("AUTHORIZATION_VIOLATION");
    });
  });

  test("does not try again either when the wrong password shows only later [R10]", async () => {
    const port = await refusedPort();
    const connecting = failure(connect({ servers: urlOf(port), token: "wrong", reconnect }));
    await withServer({ port, config: `authorization { token: "s3cr3t" }` }, async () => {
      expect((await connecting).code).toBe("AUTHORIZATION_VIOLATION");
    });
  });
});

function expectNoSecret(error: NatsError, secret: string): void {
  expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain(secret);
}

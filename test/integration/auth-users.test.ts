import { createUser } from "@nats-io/nkeys";
import { describe, expect, test } from "vitest";
import {
  type AuthContext,
  type Authenticator,
  connect,
  type ConnectOptions,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import {
  needs,
  refusedUrl,
  type RunningServer,
  useServer,
  withCluster,
  withServer,
} from "../support/nats-server.ts";
import { userAt } from "../support/operator.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const USERS = `authorization { users: [ { user: "joe", password: "one" }, { user: "sue", password: "two" } ] }`;
const TOKEN = `authorization { token: "t0k3n" }`;
const SEED = new TextDecoder().decode(createUser().getSeed());

/** The URL with this user info. */
function withInfo(url: string, info: string): string {
  return url.replace("//", `//${info}@`);
}

/** The credentials in the CONNECT that a client with these options sends, after the order in HS-03. */
async function sentWith(options: ConnectOptions, info = ""): Promise<Record<string, unknown>> {
  let fields: Record<string, unknown> = {};
  await using server = await ScriptedServer.start(async (peer) => {
    fields = await peer.accept({ nonce: "bm9uY2U" });
  });
  const servers = info === "" ? server.url : withInfo(server.url, info);
  await using nc = await connect({ ...options, servers, disposeTimeout: 0 });
  expect(nc.state).toBe("connected");
  const names = ["jwt", "nkey", "sig", "user", "pass", "auth_token"];
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
}

describe("a user and a password", () => {
  const access = useServer({ config: USERS });

  test.each<[string, ConnectOptions]>([
    ["as options [AUTH-03]", { user: "joe", password: "one" }],
    ["by an authenticator", { authenticator: usernamePasswordAuthenticator("joe", "one") }],
    ["by a function", { authenticator: () => ({ user: "joe", password: "one" }) }],
    ["by a promise [AUTH-12]", { authenticator: async () => ({ user: "joe", password: "one" }) }],
    ["half by half", { authenticator: [() => ({ user: "joe" }), async () => ({ password: "one" })] }],
    ["half as an option", { user: "joe", authenticator: () => ({ password: "one" }) }],
  ])("%s are the user to the server", async (_title, options) => {
    await using nc = await connect({ servers: access.url, ...options });
    expect(await userAt(access.server, nc)).toBe("joe");
  });

  test("of the URL win over options and authenticators, as a block [AUTH-01] [AUTH-02]", async () => {
    const others = { user: "joe", password: "one", token: "other" };
    await using nc = await connect({ servers: withInfo(access.url, "sue:two"), ...others });
    expect(await userAt(access.server, nc)).toBe("sue");
    const authenticator = usernamePasswordAuthenticator("joe", "one");
    await using other = await connect({ servers: withInfo(access.url, "sue:two"), authenticator });
    expect(await userAt(access.server, other)).toBe("sue");
    // The name alone is a token, so that the password of the options is not put beside it.
    const error = await failure(connect({ servers: withInfo(access.url, "joe"), ...others }));
    expect(error.code).toBe("AUTHORIZATION_VIOLATION");
  });

  test("differ from server to server if the URLs do [AUTH-01] [POOL-05]", async () => {
    await withServer({ config: USERS }, async (first) => {
      const servers = [withInfo(first.url, "joe:one"), access.url];
      const options = { user: "sue", password: "two", randomize: false, reconnect: QUICK_RECONNECT };
      await using nc = await connect({ servers, ...options });
      expect(await userAt(first, nc)).toBe("joe");
      const log = new EventLog(nc);
      await first.kill();
      await log.wait("reconnected");
      expect(await userAt(access.server, nc)).toBe("sue");
    });
  });

  needs("a cluster")("of the URL are those of the servers that it names, too [POOL-12] [SC-36]", async () => {
    await withCluster(2, { config: USERS }, async ({ servers }) => {
      const [first, second] = servers as [RunningServer, RunningServer];
      const options = { user: "joe", password: "wrong", reconnect: QUICK_RECONNECT };
      await using nc = await connect({ servers: withInfo(first.url, "sue:two"), ...options });
      const log = new EventLog(nc);
      await expect.poll(() => nc.discoveredServers, { timeout: 15_000 }).toEqual([second.url]);
      await first.kill();
      expect(await log.wait("reconnected")).toMatchObject({ server: second.url });
      expect(await userAt(second, nc)).toBe("sue");
    });
  });

  test("go to a server that one names and then refuses, in the same walk [CONN-09] [POOL-12]", async () => {
    await using strict = await ScriptedServer.start((peer) => {
      peer.sendInfo({ connect_urls: [`127.0.0.1:${access.server.port}`] });
      peer.send("-ERR 'Authorization Violation'\r\n");
    });
    await using nc = await connect(withInfo(strict.url, "sue:two"));
    expect([nc.server, strict.connections]).toEqual([access.url, 1]);
    expect(await userAt(access.server, nc)).toBe("sue");
  });
});

describe("what is sent", () => {
  test("is all that the options have [AUTH-03]", async () => {
    const options = { user: "joe", password: "one", token: "t0k3n" };
    expect(await sentWith(options)).toEqual({ user: "joe", pass: "one", auth_token: "t0k3n" });
  });

  test("is all that several authenticators give, but for what is empty [AUTH-03]", async () => {
    const authenticator: Authenticator[] = [
      usernamePasswordAuthenticator("joe", ""),
      async () => ({ token: "t0k3n", nkey: "" }),
      () => ({ jwt: "a.b.c" }),
      // Without an nkey or a JWT it is not asked.
      () => ({ sign: () => new Uint8Array(64) }),
    ];
    expect(await sentWith({ authenticator })).toEqual({
      user: "joe",
      auth_token: "t0k3n",
      jwt: "a.b.c",
      sig: "A".repeat(86),
    });
  });

  test.each([
    ["a user", "j%40e:p%3Aw", { user: "j@e", pass: "p:w" }],
    ["a user with an empty password", "joe:", { user: "joe" }],
    ["a token", "t%2F0k", { auth_token: "t/0k" }],
  ])(
    "is the user info of the URL alone, and no nkey, if it has %s [AUTH-01] [AUTH-02] [SC-36]",
    async (_title, info, expected) => {
      const authenticator = nkeyAuthenticator(SEED);
      expect(await sentWith({ user: "a", password: "b", authenticator }, info)).toEqual(expected);
    },
  );

  test("keeps a JWT beside the user info of the URL [AUTH-04]", async () => {
    const authenticator = (): { jwt: string } => ({ jwt: "a.b.c" });
    expect(await sentWith({ authenticator }, "joe:one")).toEqual({ jwt: "a.b.c", user: "joe", pass: "one" });
  });

  test("must not be given twice, and nothing is dialled then [AUTH-05] [AUTH-09]", async () => {
    await using server = await ScriptedServer.start(() => undefined);
    const sign = (): Uint8Array => new Uint8Array(64);
    const contradictions: ConnectOptions[] = [
      { user: "joe", authenticator: usernamePasswordAuthenticator("sue", "two") },
      { token: () => "one", authenticator: tokenAuthenticator("two") },
      { authenticator: [() => ({ jwt: "a.b.c", sign }), nkeyAuthenticator(SEED)] },
      { authenticator: [() => ({ jwt: "a.b.c" }), () => ({ nkey: "U", sign })] },
    ];
    for (const options of contradictions) {
      const error = await failure(connect({ servers: server.url, ...options }));
      expect(error).toMatchObject({ code: "INVALID_CREDENTIALS", server: server.url, phase: "credentials" });
    }
    const token = (): string => "one";
    const error = await failure(connect({ servers: withInfo(server.url, "two"), token }));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "token" });
    expect(server.connections).toBe(0);
  });
});

describe("a token", () => {
  const access = useServer({ config: TOKEN });

  test.each<[string, ConnectOptions]>([
    ["as an option", { token: "t0k3n" }],
    ["by a function as an option [AUTH-09]", { token: () => "t0k3n" }],
    ["by a promise as an option [AUTH-09] [AUTH-12]", { token: async () => "t0k3n" }],
    ["by an authenticator", { authenticator: tokenAuthenticator("t0k3n") }],
    ["by an authenticator with a function", { authenticator: tokenAuthenticator(() => "t0k3n") }],
    ["by an authenticator with a promise", { authenticator: tokenAuthenticator(async () => "t0k3n") }],
  ])("%s is accepted", async (_title, options) => {
    await using nc = await connect({ servers: access.url, ...options });
    await nc.flush();
    expect(nc.state).toBe("connected");
  });

  needs("NATS bytes at a proxy")(
    "is asked for at each attempt, and each may give another [AUTH-04] [AUTH-09]",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      let asked = 0;
      const token = (): string => (++asked === 2 ? "stale" : "t0k3n");
      await using nc = await connect({ servers: proxy.url, token, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      proxy.cut();
      await log.wait("reconnected");
      const shown = [...proxy.recordedUp.toString().matchAll(/"auth_token":"(\w+)"/g)].map(([, one]) => one);
      expect(shown).toEqual(["t0k3n", "stale", "t0k3n"]);
    },
  );
});

describe("an authenticator is told", () => {
  /** Keeps what it is told, and gives the token. */
  function recorder(contexts: AuthContext[]): Authenticator {
    return async (context) => {
      contexts.push(context);
      return { token: "t0k3n" };
    };
  }
  const facts = ({ server, attempt, lastError }: AuthContext): unknown[] => [
    server,
    attempt,
    lastError?.code,
  ];

  test("the server without its user info, the attempt and why the one before failed", async () => {
    const refusing = await refusedUrl();
    await using strict = await ScriptedServer.start((peer) => {
      peer.sendInfo();
      peer.send("-ERR 'Authorization Violation'\r\n");
    });
    await withServer({ config: TOKEN }, async (server) => {
      const contexts: AuthContext[] = [];
      const servers = [withInfo(refusing, "joe:one"), strict.url, server.url];
      await using nc = await connect({ servers, randomize: false, authenticator: recorder(contexts) });
      expect(nc.server).toBe(server.url);
      expect(contexts.map(facts)).toEqual([
        [refusing, 1, undefined],
        [strict.url, 2, "CONNECTION_REFUSED"],
        [server.url, 3, "AUTHORIZATION_VIOLATION"],
      ]);
      expect(contexts.map(({ signal }) => signal.aborted)).toEqual([false, false, false]);
    });
  });

  test("the same in every outage, counted anew", async () => {
    await withServer({ config: TOKEN }, async (server) => {
      const contexts: AuthContext[] = [];
      const options = { authenticator: recorder(contexts), reconnect: QUICK_RECONNECT };
      await using nc = await connect({ servers: server.url, ...options });
      expect(contexts.splice(0).map(facts)).toEqual([[server.url, 1, undefined]]);
      const log = new EventLog(nc);
      for (let outage = 1; outage <= 2; outage++) {
        await server.kill();
        await log.wait("disconnected", outage);
        // Not just the first attempt fails.
        await expect.poll(() => contexts.length, { timeout: 15_000 }).toBeGreaterThan(2);
        await server.restart();
        await log.wait("reconnected", outage);
        const told = contexts.splice(0);
        expect(told.map(({ attempt }) => attempt)).toEqual(told.map((_, i) => i + 1));
        const attempts = log.of("reconnecting").slice(-told.length);
        expect(told.map(({ lastError }) => lastError)).toEqual(attempts.map(({ error }) => error));
        expect(told[0]!.lastError).toBe(log.of("disconnected")[outage - 1]!.error);
      }
    });
  });
});

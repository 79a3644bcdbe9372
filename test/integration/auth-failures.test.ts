import { inspect } from "node:util";
import { createUser } from "@nats-io/nkeys";
import { describe, expect, test } from "vitest";
import {
  type AuthContext,
  type Authenticator,
  connect,
  type Connection,
  type ConnectOptions,
  credsAuthenticator,
  headers,
  jwtAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { inTurn, refuse } from "../support/in-turn.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { refusedUrl, urlOf, useServer, withServer } from "../support/nats-server.ts";
import { NEVER } from "../support/never.ts";
import { Operator } from "../support/operator.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { refusedPort } from "../support/refused-port.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const TOKEN = { config: `authorization { token: "t0k3n" }` };
const FIXED: ConnectOptions = { user: "joe", password: "one", reconnect: QUICK_RECONNECT };
const ASKED: ConnectOptions = { token: () => "t0k3n", reconnect: QUICK_RECONNECT };

/** What a connection tells of refusals, in order; the reason of its end included. */
function refusals(log: EventLog): (string | undefined)[] {
  return [...log.of("error"), ...log.of("closed")].map(({ error }) => error?.code);
}

const VIOLATION = "Authorization Violation";

describe("fixed credentials", () => {
  test("that are refused twice in the same way end the connection [HS-10] [SC-08] [AUTH-15] [AUTH-17] [AUTH-19] [AUTH-20] [AUTH-23]", async () => {
    await expectNoLeak(async () => {
      await using server = await ScriptedServer.start(async (peer) => {
        if (peer.number > 1) return await refuse(peer, "authorization violation");
        await peer.accept();
        peer.send("-ERR 'user authentication expired'\r\n");
        peer.close();
      });
      await using nc = await connect({ servers: server.url, ...FIXED });
      const log = new EventLog(nc);
      const { error } = await log.wait("closed");
      expect(error).toMatchObject({
        name: "AuthenticationError",
        code: "AUTHORIZATION_VIOLATION",
        server: server.url,
      });
      expect(refusals(log)).toEqual([
        "AUTHENTICATION_EXPIRED",
        "AUTHORIZATION_VIOLATION",
        "AUTHORIZATION_VIOLATION",
      ]);
      expect(log.of("disconnected")).toHaveLength(1);
      expect([log.of("reconnecting").length, server.connections, nc.stats().reconnects]).toEqual([2, 3, 0]);
      expect([nc.state, nc.lastError]).toEqual(["closed", error]);
    });
  });

  test("that are refused twice by one server end it, though another may come back [SC-09] [AUTH-17]", async () => {
    await withServer({}, async (first) => {
      await using strict = await ScriptedServer.start(inTurn(VIOLATION));
      const servers = [first.url, strict.url];
      await using nc = await connect({ servers, randomize: false, ...FIXED });
      const log = new EventLog(nc);
      await first.kill();
      expect((await log.wait("closed")).error?.code).toBe("AUTHORIZATION_VIOLATION");
      expect(strict.connections).toBe(2);
      expect(log.types).not.toContain("reconnected");
    });
  });

  test("that one server refuses are shown to the next [SC-10] [AUTH-25]", async () => {
    await withServer({}, async (first) => {
      await using strict = await ScriptedServer.start(inTurn(VIOLATION));
      await using third = await ScriptedServer.start(acceptAll());
      const servers = [first.url, strict.url, third.url];
      await using nc = await connect({ servers, randomize: false, ...FIXED });
      const log = new EventLog(nc);
      await first.kill();
      expect(await log.wait("reconnected")).toMatchObject({ server: third.url });
      expect(refusals(log)).toEqual(["AUTHORIZATION_VIOLATION"]);
      expect(nc.lastError).toBeUndefined();
    });
  });

  test("may be refused in different ways, one after the other [AUTH-16]", async () => {
    const revoked = "User Authentication Revoked";
    await using server = await ScriptedServer.start(
      inTurn("ok", VIOLATION, revoked, VIOLATION, revoked, "ok"),
    );
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    const ways = ["AUTHORIZATION_VIOLATION", "AUTHENTICATION_REVOKED"];
    expect(refusals(log)).toEqual([...ways, ...ways]);
  });

  test("may be refused again after they were accepted [AUTH-18]", async () => {
    await using server = await ScriptedServer.start(inTurn("ok", VIOLATION, "ok", VIOLATION, "ok"));
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    for (let outage = 1; outage <= 2; outage++) {
      server.peers.at(-1)!.destroy();
      await log.wait("reconnected", outage);
    }
    expect(refusals(log)).toEqual(["AUTHORIZATION_VIOLATION", "AUTHORIZATION_VIOLATION"]);
  });

  test("that are refused on a link that stays: the second time ends it [AUTH-11] [AUTH-21]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    server.peers[0]!.send("-ERR 'User Authentication Expired'\r\n");
    await log.wait("error");
    await nc.flush();
    expect([nc.state, nc.lastError?.code]).toEqual(["connected", "AUTHENTICATION_EXPIRED"]);
    server.peers[0]!.send("-ERR 'User Authentication Expired'\r\n");
    expect((await log.wait("closed")).error?.code).toBe("AUTHENTICATION_EXPIRED");
    expect(server.connections).toBe(1);
  });

  test("that are accepted and then refused each time don't end it, and the pauses grow [AUTH-24]", async () => {
    await using server = await ScriptedServer.start(async (peer) => {
      await peer.accept();
      peer.send(`-ERR '${VIOLATION}'\r\n`);
      peer.close();
    });
    const reconnect = { delay: 10, maxDelay: NEVER, jitter: 0 };
    await using nc = await connect({ servers: server.url, ...FIXED, reconnect });
    const log = new EventLog(nc);
    await log.wait("reconnecting", 5);
    const delays = log.of("reconnecting").map(({ delay }) => Math.ceil(delay));
    expect(delays.slice(2)).toEqual(delays.slice(2).sort((a, b) => a - b));
    expect(delays[4]).toBeGreaterThan(40);
    expect(log.types).not.toContain("closed");
  });

  test.each([
    ["authorization violation", "AUTHORIZATION_VIOLATION"],
    ["User Authentication Expired", "AUTHENTICATION_EXPIRED"],
    ["user authentication revoked", "AUTHENTICATION_REVOKED"],
    ["account authentication expired", "ACCOUNT_AUTHENTICATION_EXPIRED"],
    ["Authentication Timeout", "AUTHENTICATION_TIMEOUT"],
  ])("refused with %j are told as %s, at first and later [R85] [AUTH-10] [AUTH-11]", async (text, code) => {
    await using server = await ScriptedServer.start(inTurn(text, "ok"));
    const error = await failure(connect({ servers: server.url, ...FIXED }));
    expect(error).toMatchObject({ name: "AuthenticationError", code, server: server.url, phase: "auth" });
    await using nc = await connect({ servers: server.url, ...FIXED });
    const log = new EventLog(nc);
    server.peers[1]!.send(`-ERR '${text}'\r\n`);
    expect((await log.wait("error")).error).toMatchObject({ code, server: server.url });
  });
});

describe("credentials that are asked for", () => {
  test.each<[string, ConnectOptions]>([
    ["a token", ASKED],
    ["an authenticator", { authenticator: () => ({ token: "t0k3n" }), reconnect: QUICK_RECONNECT }],
    [
      "one of several",
      {
        authenticator: [() => ({ user: "joe" }), tokenAuthenticator(() => "t0k3n")],
        reconnect: QUICK_RECONNECT,
      },
    ],
  ])("may be refused as often as it takes: %s [R83]", async (_title, options) => {
    await using server = await ScriptedServer.start(
      inTurn("ok", VIOLATION, VIOLATION, VIOLATION, VIOLATION, "ok"),
    );
    await using nc = await connect({ servers: server.url, ...options });
    const log = new EventLog(nc);
    server.peers[0]!.destroy();
    await log.wait("reconnected");
    expect(refusals(log)).toEqual(Array.from({ length: 4 }, () => "AUTHORIZATION_VIOLATION"));
  });

  test("may be refused on a link that stays [AUTH-21]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    await using nc = await connect({ servers: server.url, ...ASKED });
    const log = new EventLog(nc);
    for (let i = 1; i <= 3; i++) server.peers[0]!.send("-ERR 'User Authentication Expired'\r\n");
    await log.wait("error", 3);
    await nc.flush();
    expect(nc.state).toBe("connected");
  });

  test.each<[string, () => string | Promise<string>]>([
    [
      "throws",
      () => {
        throw new Error("the vault is sealed");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the vault is sealed"))],
  ])("are asked for again after their function %s, which is told [R83]", async (_title, fail) => {
    await withServer(TOKEN, async (server) => {
      await using proxy = await Proxy.start(server.port);
      let asked = 0;
      const token = (): string | Promise<string> => (++asked === 2 ? fail() : "t0k3n");
      await using nc = await connect({ servers: proxy.url, token, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      proxy.cut();
      await log.wait("reconnected");
      const told = log.of("reconnecting").map(({ error }) => error);
      expect(told).toContainEqual(expect.objectContaining({ code: "CREDENTIALS_FAILED", server: proxy.url }));
      expect(told[1]!.message).toContain("the vault is sealed");
      expect(log.types).not.toContain("closed");
    });
  });

  test.each<[string, unknown]>([
    ["an Error", new Error("the vault is sealed")],
    ["a text", "the vault is sealed"],
    ["nothing", undefined],
  ])("fail the first connect if their function throws %s, and nothing is dialled", async (_title, thrown) => {
    await using server = await ScriptedServer.start(acceptAll());
    await expectNoLeak(async () => {
      const authenticator = async (): Promise<never> => await Promise.reject(thrown);
      const error = await failure(connect({ servers: [server.url, server.url], authenticator }));
      expect(error).toMatchObject({ name: "AuthenticationError", code: "CREDENTIALS_FAILED" });
      expect(error.attempts).toMatchObject([
        { server: server.url, phase: "credentials", error: { code: "CREDENTIALS_FAILED" } },
        { server: server.url, phase: "credentials" },
      ]);
      if (thrown instanceof Error) expect((error.cause as Error).cause).toBe(thrown);
    });
    expect(server.connections).toBe(0);
  });

  test("have the time limit to themselves, and nothing is left if it is reached [AUTH-12]", async () => {
    await using server = await ScriptedServer.start(acceptAll());
    const signals: AbortSignal[] = [];
    const authenticator: Authenticator = async ({ signal }) => {
      signals.push(signal);
      return await new Promise(() => undefined);
    };
    const options = { servers: server.url, authenticator, timeout: 50 };
    const error = await expectNoLeak(() => failure(connect(options)));
    expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", server: server.url, phase: "credentials" });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(server.connections).toBe(0);
  });

  test("that don't come in time in an outage are asked for again, and a close need not wait for them [AUTH-12]", async () => {
    await expectNoLeak(async () => {
      await using server = await ScriptedServer.start(acceptAll());
      const contexts: AuthContext[] = [];
      const authenticator: Authenticator = async (context) =>
        contexts.push(context) === 1 ? { token: "t0k3n" } : await new Promise(() => undefined);
      const options = { servers: server.url, authenticator, timeout: 200 };
      const nc = await connect({ ...options, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      server.peers[0]!.destroy();
      await expect.poll(() => contexts.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(4);
      expect(contexts.at(-1)!.lastError).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "credentials" });
      await nc.close();
      expect((await log.wait("closed")).error).toBeUndefined();
      expect(contexts.slice(1).every(({ signal }) => signal.aborted)).toBe(true);
      expect(server.connections).toBe(1);
    });
  });
});

describe("the first connect", () => {
  const attempt = (server: string, code: string): object => ({ server, error: { code } });

  test("over several servers names every failure, in either order [SC-34] [CONN-05] [CONN-06] [AUTH-26]", async () => {
    await using strict = await ScriptedServer.start(inTurn(VIOLATION));
    const refusing = await refusedUrl();
    const attempts = [
      attempt(refusing, "CONNECTION_REFUSED"),
      attempt(strict.url, "AUTHORIZATION_VIOLATION"),
    ];
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const servers = order.map((i) => [refusing, strict.url][i]!);
      const error = await expectNoLeak(() => failure(connect({ servers, randomize: false, ...FIXED })));
      expect(error).toMatchObject({ code: "NO_SERVERS", attempts: order.map((i) => attempts[i]) });
      for (const server of servers) expect(error.message).toContain(server);
    }
    expect(strict.connections).toBe(2);
  });

  test("that is tried again shows fixed credentials twice at most to who refuses them [R10] [AUTH-22]", async () => {
    await using strict = await ScriptedServer.start(inTurn(VIOLATION));
    const servers = [await refusedUrl(), strict.url];
    const reconnect = { ...QUICK_RECONNECT, firstConnect: true };
    const error = await expectNoLeak(() => failure(connect({ servers, ...FIXED, reconnect })));
    expect(error.code).toBe("AUTHORIZATION_VIOLATION");
    expect(strict.connections).toBe(2);
  });

  test("that is tried again asks until the credentials are there, and good [R83]", async () => {
    await withServer(TOKEN, async (server) => {
      const answers = [() => "wrong", () => Promise.reject(new Error("the vault is sealed")), () => "stale"];
      const token = (): string | Promise<string> => answers.shift()?.() ?? "t0k3n";
      const reconnect = { ...QUICK_RECONNECT, firstConnect: true };
      await using nc = await connect({ servers: server.url, token, reconnect });
      await nc.flush();
      expect([nc.state, answers.length]).toEqual(["connected", 0]);
    });
  });
});

describe("a first connect in the background", () => {
  const reconnect = { ...QUICK_RECONNECT, firstConnect: "background" as const };

  test("shows fixed credentials twice at most to who refuses them, the first round included [AUTH-22] [R10]", async () => {
    await using strict = await ScriptedServer.start(inTurn(VIOLATION));
    const servers = [strict.url, await refusedUrl()];
    await using nc = await connect({ servers, randomize: false, ...FIXED, reconnect });
    expect((await new EventLog(nc).wait("closed")).error?.code).toBe("AUTHORIZATION_VIOLATION");
    expect(strict.connections).toBe(2);
  });

  test("ends when a server that came later refuses fixed credentials twice [AUTH-22] [SC-33] [R10]", async () => {
    const port = await refusedPort();
    await expectNoLeak(async () => {
      await using nc = await connect({ servers: urlOf(port), token: "wrong", reconnect });
      const log = new EventLog(nc);
      const waiting = nc.subscribe("greet").next({ timeout: NEVER });
      const ended = failure(waiting);
      await log.wait("reconnecting", 2);
      await using strict = await ScriptedServer.start(inTurn(VIOLATION), { port });
      expect((await log.wait("closed")).error?.code).toBe("AUTHORIZATION_VIOLATION");
      expect(log.types).not.toContain("reconnected");
      expect(log.types).not.toContain("disconnected");
      expect(strict.connections).toBe(2);
      expect((await ended).code).toBe("CONNECTION_CLOSED");
    });
  });

  test("does not begin with fixed credentials that are refused at once [AUTH-22] [R10]", async () => {
    await withServer(TOKEN, async ({ url }) => {
      const error = await expectNoLeak(() => failure(connect({ servers: url, token: "wrong", reconnect })));
      expect(error.code).toBe("AUTHORIZATION_VIOLATION");
    });
  });

  test("is an outage like any other, until the server starts [SC-33] [CONN-12] [CONN-13] [CONN-14] [CONN-16] [CONN-17] [CONN-19]", async () => {
    const port = await refusedPort();
    await using nc = await connect({ servers: urlOf(port), token: "t0k3n", reconnect });
    const log = new EventLog(nc);
    expect([nc.state, nc.server, nc.info]).toEqual(["reconnecting", undefined, undefined]);
    const sub = nc.subscribe("greet");
    nc.publish("greet", "early");
    nc.publish("greet", "with headers", { headers: headers({ "X-Trace": "1" }) });
    await withServer({ ...TOKEN, port }, async (server) => {
      expect(await log.wait("reconnected")).toMatchObject({ server: server.url, replayed: 2, dropped: 0 });
      expect((await sub.next({ timeout: 15_000 })).string()).toBe("early");
      const second = await sub.next({ timeout: 15_000 });
      expect([second.string(), second.headers?.get("X-Trace")]).toEqual(["with headers", "1"]);
      expect(new Set(log.types)).toEqual(new Set(["reconnecting", "reconnected"]));
      await server.restart();
      await log.wait("reconnected", 2);
      expect(log.of("disconnected")).toHaveLength(1);
      expect(log.of("disconnected")[0]!.server).toBe(server.url);
    });
  });

  test("ends when no attempts are left, with what was published counted as lost [CONN-18]", async () => {
    const servers = await refusedUrl();
    await expectNoLeak(async () => {
      const limited = { ...reconnect, maxAttempts: 3 };
      await using nc = await connect({ servers, reconnect: limited });
      const log = new EventLog(nc);
      nc.publish("greet", "early");
      const closed = await log.wait("closed");
      expect(closed).toMatchObject({ error: { code: "CONNECTION_REFUSED" }, lost: { messages: 1 } });
      expect(log.of("reconnecting")).toHaveLength(3);
    });
  });
});

describe("no secret", () => {
  const seed = new TextDecoder().decode(createUser().getSeed());
  const other = new TextDecoder().decode(createUser().getSeed());
  const access = useServer(TOKEN);
  const password = "p4ssw0rd-of-joe";
  const token = "t0ken-0f-joe";

  /** All that a value shows of itself to a log, with what is within. */
  function shown(value: unknown): string {
    const seen = new Set<unknown>();
    const json = JSON.stringify(value, (_key, one: unknown) => {
      if (typeof one !== "object" || one === null) return one;
      if (seen.has(one)) return "seen";
      seen.add(one);
      return one;
    });
    const texts = [inspect(value, { depth: 20, showHidden: true, getters: true }), json, String(value)];
    for (let error = value; error instanceof Error; error = error.cause) texts.push(String(error.stack));
    return texts.join("\n");
  }

  test.each<[string, () => Promise<ConnectOptions>, readonly string[]]>([
    ["a password", async () => ({ user: "joe", password }), [password]],
    ["a token", async () => ({ token }), [token]],
    ["a token of a function", async () => ({ token: async () => token }), [token]],
    [
      "a password in the URL",
      async () => ({ servers: access.url.replace("//", `//joe:${password}@`) }),
      [password],
    ],
    ["a token in the URL", async () => ({ servers: access.url.replace("//", `//${token}@`) }), [token]],
    [
      "what authenticators have",
      async () => ({
        authenticator: [usernamePasswordAuthenticator("joe", password), tokenAuthenticator(token)],
      }),
      [password, token],
    ],
    ["an nkey", async () => ({ authenticator: nkeyAuthenticator(seed) }), [seed]],
    ["a seed of a function", async () => ({ authenticator: nkeyAuthenticator(async () => seed) }), [seed]],
    [
      "a JWT",
      async () => {
        const operator = await Operator.create();
        return { authenticator: jwtAuthenticator((await operator.user({ isBearer: true })).jwt, seed) };
      },
      [seed, "eyJ"],
    ],
    [
      "credentials",
      async () => ({
        authenticator: credsAuthenticator(`---JWT---\na.b.c\n---\n---SEED---\n${seed}\n---\n`),
      }),
      [seed, "a.b.c"],
    ],
  ])(
    "of %s shows in errors, events, the connection or its authenticators [R86]",
    async (_title, make, secrets) => {
      const options = await make();
      const first = await failure(connect({ servers: access.url, ...options }));
      expect(first.name).toBe("AuthenticationError");
      await using server = await ScriptedServer.start(
        inTurn("ok", VIOLATION, "User Authentication Expired", VIOLATION),
      );
      await using proxy = await Proxy.start(server.port);
      const info = /\/\/(.*@)?/.exec(String(options.servers ?? ""))?.[1] ?? "";
      const servers = proxy.url.replace("//", `//${info}`);
      const given = { ...options, servers, reconnect: { ...QUICK_RECONNECT, maxAttempts: 4 } };
      await using nc: Connection = await connect({ ...given, timeout: 1000 });
      const log = new EventLog(nc);
      const texts = [shown(nc)];
      proxy.cut();
      await log.wait("closed");
      texts.push(
        shown(nc),
        shown(nc.lastError),
        shown(nc.info),
        shown(nc.servers),
        shown(await failure(nc.flush())),
      );
      texts.push(shown(first), shown(given.authenticator), ...log.all.map(shown));
      for (const text of texts) for (const secret of secrets) expect(text).not.toContain(secret);
    },
  );

  test.each<[string, ConnectOptions, readonly string[]]>([
    ["a URL with a wrong port", { servers: `nats://joe:${password}@127.0.0.1:99999` }, [password]],
    ["a URL without a host", { servers: [`nats://joe:${password}@`] }, [password]],
    ["a URL of another scheme", { servers: `ftp://${token}@127.0.0.1` }, [token]],
    ["a URL with a broken escape", { servers: `nats://joe:${password}%zz@127.0.0.1` }, [password]],
    [
      "a URL with signs that should be escaped",
      { servers: [`nats://joe:${password}#1@2/3@127.0.0.1`] },
      [password],
    ],
    ["a list in which a password has a comma", { servers: `nats://joe:${password},1@127.0.0.1` }, [password]],
    ["a URL with a line break", { servers: [`nats://joe:${password}\n@127.0.0.1:99999`] }, [password]],
    ["a password without a user", { password }, [password]],
    ["a password that is a number", { user: "joe", password: 73_519_284 as unknown as string }, ["73519284"]],
    ["a token that is a number", { token: 73_519_284 as unknown as string }, ["73519284"]],
    ["an option that is misspelt", { user: "joe", pass: password } as ConnectOptions, [password]],
    ["a user that is none", { user: { password } as unknown as string }, [password]],
    ["an authenticator that is none", { authenticator: seed as unknown as Authenticator }, [seed]],
    ["a text that is no answer", { authenticator: (() => seed) as unknown as Authenticator }, [seed]],
    ["a field that is none", { authenticator: () => ({ token: [token] as unknown as string }) }, [token]],
    ["a JWT that is a seed", { authenticator: jwtAuthenticator(() => seed) }, [seed]],
    [
      "a seed that is damaged",
      { authenticator: nkeyAuthenticator(() => `${seed.slice(0, -1)}1`) },
      [seed.slice(2, -1)],
    ],
    [
      "a seed with a wrong checksum",
      { authenticator: nkeyAuthenticator(() => seed.slice(0, 30) + other.slice(30)) },
      [seed.slice(2, 30), other.slice(30)],
    ],
    ["contents that are a token", { authenticator: credsAuthenticator(() => token) }, [token]],
  ])("shows in the error for %s [R86]", async (_title, options, secrets) => {
    const error = await failure(connect({ servers: access.url, ...options }));
    expect(error.code).toMatch(/^INVALID_/);
    for (const secret of secrets) expect(shown(error)).not.toContain(secret);
  });
});

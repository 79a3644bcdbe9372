import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type AuthContext,
  type Authenticator,
  connect,
  type ConnectOptions,
  credsAuthenticator,
  credsFileAuthenticator,
  jwtAuthenticator,
  usernamePasswordAuthenticator,
} from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import {
  needs,
  type RunningServer,
  type ServerAccess,
  startServer,
  withServer,
} from "../support/nats-server.ts";
import { Operator, type OperatorUser, userAt } from "../support/operator.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

let operator: Operator;
let access: ServerAccess;
let joe: OperatorUser;
let sue: OperatorUser;
let bearer: OperatorUser;
const folder = mkdtempSync(join(tmpdir(), "natspeed-creds-"));

beforeAll(async () => {
  operator = await Operator.create();
  [joe, sue, bearer] = await Promise.all([
    operator.user(),
    operator.user(),
    operator.user({ isBearer: true }),
  ]);
  const server: RunningServer = await startServer({ config: await operator.config() });
  access = { server, url: server.url };
}, 900_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await access.server.stop();
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** The public key that the server knows the user of these credentials by. */
async function userOf(authenticator: ConnectOptions["authenticator"]): Promise<string | undefined> {
  await using nc = await connect({ servers: access.url, ...(authenticator && { authenticator }) });
  return await userAt(access.server, nc);
}

describe("a JWT is accepted", () => {
  test.each<[string, () => Authenticator | Authenticator[]]>([
    ["with the seed", () => jwtAuthenticator(joe.jwt, joe.seed)],
    ["with the seed as bytes", () => jwtAuthenticator(` ${joe.jwt}\n`, joe.keys.getSeed())],
    [
      "with a function that signs [AUTH-06]",
      () => jwtAuthenticator(joe.jwt, (nonce) => joe.keys.sign(nonce)),
    ],
    [
      "with a promise of a signature [AUTH-06] [AUTH-12]",
      () =>
        jwtAuthenticator(joe.jwt, async (nonce) => {
          await sleep(5);
          return joe.keys.sign(nonce);
        }),
    ],
    ["by a function [AUTH-04]", () => jwtAuthenticator(() => `${joe.jwt}\n`, joe.seed)],
    ["by a promise [AUTH-04] [AUTH-12]", () => jwtAuthenticator(async () => joe.jwt, joe.seed)],
    ["as the text of a credentials file [CRED-06]", () => credsAuthenticator(joe.creds)],
    ["as its bytes [CRED-06]", () => credsAuthenticator(new TextEncoder().encode(joe.creds))],
    ["by a function that gives the text [AUTH-04]", () => credsAuthenticator(() => joe.creds)],
    ["by a promise of the text [AUTH-12]", () => credsAuthenticator(async () => joe.creds)],
    ["in a file [CRED-01]", () => credsFileAuthenticator(file("joe.creds", joe.creds))],
    [
      "in a file of Windows [CRED-06]",
      () => credsFileAuthenticator(file("crlf.creds", `\uFEFF${joe.creds.replaceAll("\n", "\r\n")}`)),
    ],
    [
      "in a file, with the seed in another [CRED-01] [CRED-07] [CRED-08]",
      () => credsFileAuthenticator(file("joe.jwt", joe.jwt), file("joe.nk", `${joe.seed}\n`)),
    ],
    [
      "in a file, with the seed in another's block [CRED-01] [CRED-08]",
      () => credsFileAuthenticator(file("joe.jwt", `${joe.jwt}\n`), file("other.creds", joe.creds)),
    ],
    [
      "in one part, and its signer in another",
      () => [() => ({ jwt: joe.jwt }), async () => ({ sign: (nonce: Uint8Array) => joe.keys.sign(nonce) })],
    ],
  ])("%s", async (_title, authenticator) => {
    expect(await userOf(authenticator())).toBe(joe.publicKey);
  });

  test("beside a user and a password, which this server does not ask for [AUTH-03]", async () => {
    const authenticator = [usernamePasswordAuthenticator("any", "one"), credsAuthenticator(joe.creds)];
    await using nc = await connect({ servers: access.url, authenticator });
    await nc.flush();
    expect(nc.state).toBe("connected");
  });

  test("of a bearer without a signature, also in a file or beside a seed [AUTH-06]", async () => {
    const path = file("bearer.jwt", bearer.jwt);
    const authenticators = [
      jwtAuthenticator(bearer.jwt),
      jwtAuthenticator(async () => bearer.jwt),
      jwtAuthenticator(bearer.jwt, bearer.seed),
      credsFileAuthenticator(path, file("bearer.nk", bearer.seed)),
    ];
    for (const authenticator of authenticators) expect(await userOf(authenticator)).toBe(bearer.publicKey);
  });

  test("of a bearer by a server without a nonce, with nothing signed [INFO-12]", async () => {
    let sent: unknown;
    await using server = await ScriptedServer.start(async (peer) => {
      sent = await peer.accept();
    });
    const authenticator = jwtAuthenticator(bearer.jwt, bearer.seed);
    await using nc = await connect({ servers: server.url, authenticator, disposeTimeout: 0 });
    expect(nc.state).toBe("connected");
    expect(sent).toMatchObject({ jwt: bearer.jwt });
    expect(Object.keys(sent as object)).not.toContain("sig");
  });

  test("from files in the home or named by variables, both expanded [CRED-03] [CRED-05]", async () => {
    file("home.creds", joe.creds);
    file("home.jwt", joe.jwt);
    file("home.nk", joe.seed);
    vi.stubEnv("HOME", folder);
    vi.stubEnv("NATSPEED_CREDS", folder);
    vi.stubEnv("NATSPEED_TILDE", "~");
    vi.stubEnv("NATSPEED_NOTHING", undefined);
    const authenticators = [
      credsFileAuthenticator("~/home.creds"),
      credsFileAuthenticator("$NATSPEED_CREDS/home.creds"),
      credsFileAuthenticator("${NATSPEED_CREDS}/$NATSPEED_NOTHING/home.creds"),
      credsFileAuthenticator("$NATSPEED_TILDE/home.creds"),
      credsFileAuthenticator("~/home.jwt", "~/home.nk"),
      credsFileAuthenticator("~/home.jwt", "$NATSPEED_CREDS/home.nk"),
    ];
    // Where the home is then does not matter.
    vi.stubEnv("HOME", "/nonexistent");
    for (const authenticator of authenticators) expect(await userOf(authenticator)).toBe(joe.publicKey);
    const elsewhere = credsFileAuthenticator("~/home.creds");
    vi.unstubAllEnvs();
    const error = await failure(connect({ servers: access.url, authenticator: elsewhere }));
    expect(error).toMatchObject({ code: "CREDENTIALS_FAILED", argument: "/nonexistent/home.creds" });
  });
});

describe("a JWT is refused", () => {
  const refused: [string, () => Promise<Authenticator>][] = [
    ["when it has expired", async () => credsAuthenticator((await operator.user({ expiresIn: -60 })).creds)],
    ["before it is good", async () => credsAuthenticator((await operator.user({ validIn: 3600 })).creds)],
    [
      "of another operator",
      async () => {
        const other = await Operator.create();
        return credsAuthenticator((await other.user()).creds);
      },
    ],
    [
      "with the signature of another user",
      async () => jwtAuthenticator(joe.jwt, (nonce) => sue.keys.sign(nonce)),
    ],
    ["without a signature, unless it is a bearer's [AUTH-08]", async () => jwtAuthenticator(joe.jwt)],
    [
      "when it was altered",
      async () => jwtAuthenticator(`${joe.jwt.slice(0, -9)}AAAA${joe.jwt.slice(-5)}`, joe.seed),
    ],
    ["that is empty, so that nothing is shown [AUTH-06]", async () => jwtAuthenticator(() => "", joe.seed)],
  ];

  test.each(refused)("%s, and nothing is left", async (_title, make) => {
    const authenticator = await make();
    await expectNoLeak(async () => {
      const error = await failure(connect({ servers: access.url, authenticator }));
      expect(error).toMatchObject({
        name: "AuthenticationError",
        code: "AUTHORIZATION_VIOLATION",
        server: access.url,
        phase: "auth",
      });
    });
  });

  const joesWithSuesSeed = (): [string, string, Authenticator][] => {
    const creds = joe.creds.replace(joe.seed, sue.seed);
    const path = file("mixed.creds", creds);
    return [
      ["a JWT and a seed", "seed", jwtAuthenticator(joe.jwt, sue.seed)],
      ["a function and a seed", "seed", jwtAuthenticator(() => joe.jwt, sue.seed)],
      ["contents", "contents", credsAuthenticator(creds)],
      ["a function that gives contents", "contents", credsAuthenticator(() => creds)],
      ["a file", path, credsFileAuthenticator(path)],
      ["two files", file("sue.nk", sue.seed), credsFileAuthenticator(path, file("sue.nk", sue.seed))],
    ];
  };

  test("with the seed of another user, and the error names both", async () => {
    for (const [what, argument, authenticator] of joesWithSuesSeed()) {
      const error = await failure(connect({ servers: access.url, authenticator }));
      expect(error, what).toMatchObject({ code: "INVALID_CREDENTIALS", argument, server: access.url });
      expect(error.message, what).toContain(`of the user ${sue.publicKey}`);
      expect(error.message, what).toContain(`of another, ${joe.publicKey}`);
      expect(`${error.stack}`, what).not.toContain(sue.seed);
    }
    const nc = await connect({ servers: access.url, authenticator: jwtAuthenticator(bearer.jwt, sue.seed) });
    await nc.close();
  });

  test("when its user was revoked, which ends a connection with fixed credentials [AUTH-17] [AUTH-20] [AUTH-23]", async () => {
    await withServer({ config: await operator.config() }, async (server) => {
      const options = { servers: server.url, reconnect: QUICK_RECONNECT };
      await using nc = await connect({ ...options, authenticator: credsAuthenticator(joe.creds) });
      await using other = await connect({ ...options, authenticator: credsAuthenticator(sue.creds) });
      const [log, otherLog] = [new EventLog(nc), new EventLog(other)];
      await server.restart({ config: await operator.config({ revoked: [joe] }) });
      const { error } = await log.wait("closed");
      expect(error).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: server.url });
      expect(nc.lastError).toBe(error);
      expect(log.types.filter((type) => type === "disconnected")).toHaveLength(1);
      expect(log.types).not.toContain("reconnected");
      await otherLog.wait("reconnected");
      const again = await failure(connect({ ...options, authenticator: credsAuthenticator(joe.creds) }));
      expect(again).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: server.url });
    });
  });
});

describe("a JWT that expires while it is connected", () => {
  test("is followed by a fresh one of its function, and does not count against that [R82] [AUTH-18]", async () => {
    // Each is good for 2 to 3 seconds: made when it is asked for, so that a slow machine does not matter.
    const reasons: (string | undefined)[] = [];
    const { keys } = joe;
    const jwt = async ({ lastError }: AuthContext): Promise<string> => {
      reasons.push(lastError?.code);
      return (await operator.user({ keys, expiresIn: 3 })).jwt;
    };
    const options = { servers: access.url, reconnect: QUICK_RECONNECT };
    await using nc = await connect({ ...options, authenticator: jwtAuthenticator(jwt, joe.seed) });
    const log = new EventLog(nc);
    const received: string[] = [];
    nc.subscribe("greet", { callback: (message) => void received.push(message.string()) });
    await log.wait("reconnected");
    expect(log.types.slice(0, 3)).toEqual(["error", "disconnected", "reconnecting"]);
    expect(log.of("error")[0]!.error).toMatchObject({
      name: "AuthenticationError",
      code: "AUTHENTICATION_EXPIRED",
      server: access.url,
    });
    await log.wait("reconnected", 2);
    expect(log.types.filter((type) => type === "closed")).toEqual([]);
    expect(reasons.slice(0, 2)).toEqual([undefined, "AUTHENTICATION_EXPIRED"]);
    nc.publish("greet", "still here");
    await nc.flush();
    expect(received).toEqual(["still here"]);
  });

  test("ends the connection if it is fixed [R82] [AUTH-24]", async () => {
    const brief = await operator.user({ expiresIn: 5 });
    const options = { servers: access.url, reconnect: QUICK_RECONNECT };
    await using nc = await connect({ ...options, authenticator: credsAuthenticator(brief.creds) });
    const log = new EventLog(nc);
    const { error } = await log.wait("closed");
    expect(log.of("error")[0]!.error.code).toBe("AUTHENTICATION_EXPIRED");
    // For the rest of its last second the server accepts it, and tells then that it has expired.
    expect(error).toMatchObject({
      name: "AuthenticationError",
      code: expect.stringMatching(/^(AUTHORIZATION_VIOLATION|AUTHENTICATION_EXPIRED)$/) as string,
    });
    expect(nc.lastError).toBe(error);
  });
});

describe("credentials files", () => {
  needs("NATS bytes at a proxy")(
    "that are written anew are picked up by the next attempt [SC-37] [CRED-02]",
    async () => {
      await using proxy = await Proxy.start(access.server.port);
      const [jwt, seed] = [file("rotated.jwt", joe.jwt), file("rotated.nk", joe.seed)];
      const authenticator = credsFileAuthenticator(jwt, seed);
      await using nc = await connect({ servers: proxy.url, authenticator, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      for (const [outage, user] of [sue, joe].entries()) {
        file("rotated.jwt", user.jwt);
        file("rotated.nk", user.seed);
        proxy.cut();
        await log.wait("reconnected", outage + 1);
        expect(await userAt(access.server, nc)).toBe(user.publicKey);
      }
      const shown = [...proxy.recordedUp.toString().matchAll(/"jwt":"([^"]+)"/g)].map(([, one]) => one);
      expect(shown).toEqual([joe.jwt, sue.jwt, joe.jwt]);
    },
  );

  test("that are revoked are tried for as long as it takes until they are renewed [CRED-02]", async () => {
    const path = file("revoked.creds", joe.creds);
    await withServer({ config: await operator.config() }, async (server) => {
      const authenticator = credsFileAuthenticator(path);
      await using nc = await connect({ servers: server.url, authenticator, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      await server.restart({ config: await operator.config({ revoked: [joe] }) });
      await log.wait("error", 3);
      expect(log.of("error").map(({ error }) => error.code)).toContain("AUTHORIZATION_VIOLATION");
      file("revoked.creds", sue.creds);
      await log.wait("reconnected");
      expect(await userAt(server, nc)).toBe(sue.publicKey);
    });
  });

  test.each<[string, (path: string) => void, string]>([
    ["are missing", (path) => rmSync(path), "CREDENTIALS_FAILED"],
    ["are half written", (path) => writeFileSync(path, joe.creds.slice(0, 300)), "INVALID_CREDENTIALS"],
    ["are empty", (path) => writeFileSync(path, ""), "INVALID_CREDENTIALS"],
  ])(
    "that %s for a while are read again, and the error names them [R83] [CRED-02] [CRED-09]",
    async (title, spoil, code) => {
      const path = file(`${title}.creds`, joe.creds);
      await using proxy = await Proxy.start(access.server.port);
      const authenticator = credsFileAuthenticator(path);
      await using nc = await connect({ servers: proxy.url, authenticator, reconnect: QUICK_RECONNECT });
      const log = new EventLog(nc);
      spoil(path);
      proxy.cut();
      await log.wait("reconnecting", 4);
      expect(log.of("reconnecting")[3]!.error).toMatchObject({ code, argument: path, server: proxy.url });
      expect([nc.state, proxy.connections]).toEqual(["reconnecting", 1]);
      file(`${title}.creds`, joe.creds);
      await log.wait("reconnected");
    },
  );

  test.each<[string, () => [string, string?], number, string, RegExp]>([
    ["missing [CRED-10]", () => [join(folder, "none.creds")], 0, "CREDENTIALS_FAILED", /ENOENT/],
    ["a folder", () => [folder], 0, "CREDENTIALS_FAILED", /EISDIR/],
    ["empty", () => [file("empty.creds", "\n")], 0, "INVALID_CREDENTIALS", /it is empty/],
    [
      "cut off in the JWT",
      () => [file("half.creds", joe.creds.slice(0, 200))],
      0,
      "INVALID_CREDENTIALS",
      /cut off/,
    ],
    [
      "cut off in the seed",
      () => [file("most.creds", joe.creds.slice(0, joe.creds.indexOf(joe.seed) + 30))],
      0,
      "INVALID_CREDENTIALS",
      /damaged|cut off/,
    ],
    [
      "a seed alone",
      () => [file("seed.creds", joe.seed)],
      0,
      "INVALID_CREDENTIALS",
      /a seed where the user's JWT/,
    ],
    ["a JWT without a seed", () => [file("only.creds", joe.jwt)], 0, "INVALID_CREDENTIALS", /no seed/],
    [
      "swapped",
      () => [file("swapped.jwt", joe.seed), file("swapped.nk", joe.jwt)],
      0,
      "INVALID_CREDENTIALS",
      /a seed where the user's JWT/,
    ],
    [
      "a JWT with another as its seed [CRED-08]",
      () => [file("good.jwt", joe.jwt), file("bad.nk", joe.jwt)],
      1,
      "INVALID_CREDENTIALS",
      /no seed/,
    ],
    [
      "a JWT whose seed is missing [CRED-09] [CRED-10]",
      () => [file("good.jwt", joe.jwt), join(folder, "none.nk")],
      1,
      "CREDENTIALS_FAILED",
      /ENOENT/,
    ],
  ])(
    "that are %s are told by their name, and nothing is dialled",
    async (_title, paths, guilty, code, reason) => {
      const given = paths();
      await using server = await ScriptedServer.start(() => undefined);
      await expectNoLeak(async () => {
        const authenticator = credsFileAuthenticator(...given);
        const error = await failure(connect({ servers: server.url, authenticator }));
        expect(error).toMatchObject({
          name: "AuthenticationError",
          code,
          argument: given[guilty],
          server: server.url,
          phase: "credentials",
        });
        expect(error.message).toContain(given[guilty]);
        expect(error.message).toMatch(reason);
        expect(error.message).not.toContain(joe.seed.slice(0, 20));
      });
      expect(server.connections).toBe(0);
    },
  );
});

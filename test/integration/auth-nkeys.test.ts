import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createUser, type KeyPair } from "@nats-io/nkeys";
import { afterAll, describe, expect, test, vi } from "vitest";
import {
  type Authenticator,
  connect,
  nkeyAuthenticator,
  nkeyFileAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "../../src/index.ts";
import { EventLog } from "../support/event-log.ts";
import { failure } from "../support/failure.ts";
import { expectNoLeak } from "../support/leak-check.ts";
import { needs, useServer } from "../support/nats-server.ts";
import { userAt } from "../support/operator.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer } from "../support/scripted-server.ts";

const joe = createUser();
const sue = createUser();
const stranger = createUser();
const folder = mkdtempSync(join(tmpdir(), "natspeed-nkeys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function seedOf(keys: KeyPair): string {
  return new TextDecoder().decode(keys.getSeed());
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

const BLOCK = `-----BEGIN USER NKEY SEED-----\r\n${seedOf(joe)}\r\n------END USER NKEY SEED------\r\n`;

describe("a server with nkeys", () => {
  const users = [joe, sue].map((keys) => `{ nkey: ${keys.getPublicKey()} }`).join(", ");
  const access = useServer({ config: `authorization { users: [ ${users} ] }` });

  test.each<[string, () => Authenticator]>([
    ["a seed", () => nkeyAuthenticator(seedOf(joe))],
    ["a seed as bytes", () => nkeyAuthenticator(new TextEncoder().encode(`${seedOf(joe)}\n`))],
    ["a function that gives the seed [AUTH-12]", () => nkeyAuthenticator(() => seedOf(joe))],
    ["a promise of the seed as bytes [AUTH-12]", () => nkeyAuthenticator(async () => joe.getSeed())],
    [
      "a function that signs [AUTH-06]",
      () => nkeyAuthenticator({ publicKey: joe.getPublicKey(), sign: (nonce) => joe.sign(nonce) }),
    ],
    [
      "a promise of a signature [AUTH-06] [AUTH-12]",
      () =>
        nkeyAuthenticator({
          publicKey: joe.getPublicKey(),
          async sign(nonce) {
            await sleep(5);
            return joe.sign(nonce);
          },
        }),
    ],
    ["an authenticator of one's own", () => () => ({ nkey: joe.getPublicKey(), sign: (n) => joe.sign(n) })],
    ["a file with the seed [CRED-11]", () => nkeyFileAuthenticator(file("plain.nk", `${seedOf(joe)}\n`))],
    ["a file with a block [CRED-06] [CRED-08]", () => nkeyFileAuthenticator(file("block.nk", BLOCK))],
  ])("accepts the nkey of %s [CRED-13]", async (_title, authenticator) => {
    await using nc = await connect({ servers: access.url, authenticator: authenticator() });
    expect(await userAt(access.server, nc)).toBe(joe.getPublicKey());
  });

  test("accepts that of a file in the home or named by a variable [CRED-03] [CRED-11]", async () => {
    file("joe.nk", seedOf(joe));
    vi.stubEnv("HOME", folder);
    vi.stubEnv("NATSPEED_KEYS", folder);
    const paths = ["~/joe.nk", "$NATSPEED_KEYS/joe.nk", "${NATSPEED_KEYS}/joe.nk"];
    const authenticators = paths.map((path) => nkeyFileAuthenticator(path));
    vi.unstubAllEnvs();
    for (const authenticator of authenticators) {
      await using nc = await connect({ servers: access.url, authenticator });
      expect(await userAt(access.server, nc)).toBe(joe.getPublicKey());
    }
  });

  test("gets the key that is in the file when it is connected to again [CRED-02] [CRED-11]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    const authenticator = nkeyFileAuthenticator(file("renewed.nk", seedOf(joe)));
    await using nc = await connect({ servers: proxy.url, authenticator, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    file("renewed.nk", seedOf(sue));
    proxy.cut();
    await log.wait("reconnected");
    expect(await userAt(access.server, nc)).toBe(sue.getPublicKey());
  });

  needs("NATS bytes at a proxy")("gets a signature of each nonce", async () => {
    await using proxy = await Proxy.start(access.server.port);
    const authenticator = nkeyAuthenticator(seedOf(joe));
    await using nc = await connect({ servers: proxy.url, authenticator, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    for (let outage = 1; outage <= 3; outage++) {
      proxy.cut();
      await log.wait("reconnected", outage);
    }
    const nonces = [...proxy.recordedDown.toString().matchAll(/"nonce":"([^"]+)"/g)].map(([, one]) => one!);
    const sigs = [...proxy.recordedUp.toString().matchAll(/"sig":"([\w-]+)"/g)].map(([, one]) => one!);
    expect([nonces.length, sigs.length, new Set(sigs).size]).toEqual([4, 4, 4]);
    for (const [i, sig] of sigs.entries()) {
      const signature = new Uint8Array(Buffer.from(sig, "base64url"));
      expect(joe.verify(new TextEncoder().encode(nonces[i]), signature)).toBe(true);
    }
  });

  test.each<[string, () => Authenticator]>([
    ["an nkey that it does not know", () => nkeyAuthenticator(seedOf(stranger))],
    [
      "an nkey with the signature of another",
      () => nkeyAuthenticator({ publicKey: joe.getPublicKey(), sign: (nonce) => sue.sign(nonce) }),
    ],
    ["a user", () => usernamePasswordAuthenticator("joe", "one")],
    ["a token", () => tokenAuthenticator("t0k3n")],
  ])("refuses %s, and nothing is left", async (_title, authenticator) => {
    const options = { servers: access.url, authenticator: authenticator() };
    const error = await expectNoLeak(() => failure(connect(options)));
    expect(error).toMatchObject({ code: "AUTHORIZATION_VIOLATION", server: access.url, phase: "auth" });
  });

  test.each<[string, (nonce: Uint8Array) => Uint8Array | Promise<Uint8Array>, string]>([
    [
      "throws",
      () => {
        throw new Error("the card is out");
      },
      "the card is out",
    ],
    ["rejects", () => Promise.reject(new Error("the card is out")), "the card is out"],
    ["gives too little", () => new Uint8Array(63), "64 bytes, not 63"],
    ["gives nothing", () => undefined as unknown as Uint8Array, "undefined"],
  ])("is left if the signer %s [AUTH-07]", async (_title, sign, reason) => {
    await expectNoLeak(async () => {
      const authenticator = nkeyAuthenticator({ publicKey: joe.getPublicKey(), sign });
      const error = await failure(connect({ servers: access.url, authenticator }));
      expect(error).toMatchObject({ code: "CREDENTIALS_FAILED", server: access.url });
      expect(error.message).toContain("signing the server's nonce failed");
      expect(error.message).toContain(reason);
    });
  });

  test("is left if the signer never answers [AUTH-12]", async () => {
    await expectNoLeak(async () => {
      const sign = (): Promise<Uint8Array> => new Promise(() => undefined);
      const authenticator = nkeyAuthenticator({ publicKey: joe.getPublicKey(), sign });
      const error = await failure(connect({ servers: access.url, authenticator, timeout: 100 }));
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", server: access.url });
    });
  });

  test("is connected to again after a signer failed once [R83]", async () => {
    await using proxy = await Proxy.start(access.server.port);
    let asked = 0;
    const sign = (nonce: Uint8Array): Uint8Array => {
      if (++asked === 2) throw new Error("the card is out");
      return joe.sign(nonce);
    };
    const authenticator = nkeyAuthenticator({ publicKey: joe.getPublicKey(), sign });
    await using nc = await connect({ servers: proxy.url, authenticator, reconnect: QUICK_RECONNECT });
    const log = new EventLog(nc);
    proxy.cut();
    await log.wait("reconnected");
    expect(log.of("reconnecting").map(({ error }) => error.code)).toContain("CREDENTIALS_FAILED");
    expect(log.types.filter((type) => type === "closed")).toEqual([]);
  });

  test.each([
    ["that needs an nkey without a signer [AUTH-08]", { nkey: joe.getPublicKey() }, "a sign function"],
    ["with a field that does not exist", { seed: seedOf(joe) }, "no such field"],
    ["with a field of another kind", { nkey: 7, sign: () => new Uint8Array(64) }, "not a string"],
  ])("is not dialled for an answer %s", async (_title, answer, reason) => {
    await using server = await ScriptedServer.start(() => undefined);
    const authenticator = (() => answer) as unknown as Authenticator;
    const error = await failure(connect({ servers: server.url, authenticator }));
    expect(error).toMatchObject({ code: "INVALID_CREDENTIALS", server: server.url, phase: "credentials" });
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain(seedOf(joe));
    expect(server.connections).toBe(0);
  });
});

describe("a server without a nonce", () => {
  test("does not support nkeys, and is left without a word [INFO-12]", async () => {
    await expectNoLeak(async () => {
      await using server = await ScriptedServer.start(async (peer) => {
        peer.sendInfo({ nonce: undefined });
        await peer.closed;
      });
      const options = { servers: server.url, authenticator: nkeyAuthenticator(seedOf(joe)) };
      const error = await failure(connect(options));
      expect(error).toMatchObject({
        name: "AuthenticationError",
        code: "NKEYS_NOT_SUPPORTED",
        server: server.url,
      });
      expect(error.message).toContain(server.url);
      await server.peers[0]!.closed;
      expect(server.peers[0]!.received).toBe("");
    });
  });

  test("may be one of several, and is passed over [INFO-12] [CONN-01]", async () => {
    await using old = await ScriptedServer.start((peer) => peer.sendInfo());
    await using other = await ScriptedServer.start(async (peer) => {
      expect(await peer.accept({ nonce: "bm9uY2U" })).toMatchObject({ nkey: joe.getPublicKey() });
    });
    const servers = [old.url, other.url];
    const authenticator = nkeyAuthenticator(seedOf(joe));
    await using nc = await connect({ servers, authenticator, randomize: false, disposeTimeout: 0 });
    expect(nc.server).toBe(other.url);
  });

  test("does not matter to user info of the URL, which takes the place of the nkey [AUTH-01] [INFO-12]", async () => {
    let sent: unknown;
    await using server = await ScriptedServer.start(async (peer) => {
      sent = await peer.accept();
    });
    const servers = server.url.replace("//", "//joe:one@");
    const authenticator = nkeyAuthenticator(seedOf(joe));
    await using nc = await connect({ servers, authenticator, disposeTimeout: 0 });
    expect(nc.state).toBe("connected");
    expect(sent).toMatchObject({ user: "joe", pass: "one" });
    expect(Object.keys(sent as object)).not.toContain("nkey");
  });
});

describe("a seed file", () => {
  const seed = seedOf(joe);

  test.each<[string, string, RegExp]>([
    ["empty", "", /it is empty/],
    ["text without a seed [CRED-08]", "hello\n", /it has no seed/],
    ["cut off", seed.slice(0, 40), /damaged/],
    ["altered", `${seed.slice(0, -6)}${seed.at(-6) === "A" ? "B" : "A"}${seed.slice(-5)}`, /damaged/],
    ["a block that is cut off", BLOCK.slice(0, 32), /cut off/],
  ])("that is %s is told by its name [CRED-11]", async (title, content, reason) => {
    const path = file(`${title.slice(0, 9)}.nk`, content);
    await using server = await ScriptedServer.start(() => undefined);
    // Most shows at once, a wrong checksum when the key is made.
    const connecting = async (): Promise<unknown> =>
      await connect({ servers: server.url, authenticator: nkeyFileAuthenticator(path) });
    const error = await failure(connecting());
    expect(error).toMatchObject({ code: "INVALID_CREDENTIALS", argument: path });
    expect(error.message).toMatch(reason);
    if (content.length > 0) expect(error.message).not.toContain(content.slice(2, 20));
    expect(server.connections).toBe(0);
  });

  test("that is not there or can't be read is told at once [CRED-09] [CRED-11]", async () => {
    const making = async (path: string): Promise<Authenticator> => nkeyFileAuthenticator(path);
    const path = join(folder, "missing.nk");
    const missing = await failure(making(path));
    expect(missing).toMatchObject({ code: "CREDENTIALS_FAILED", argument: path, cause: { code: "ENOENT" } });
    const unreadable = await failure(making(folder));
    expect(unreadable).toMatchObject({ code: "CREDENTIALS_FAILED", argument: folder });
    expect(unreadable.message).toContain(folder);
  });
});

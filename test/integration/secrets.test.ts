import { createUser } from "@nats-io/nkeys";
import { afterEach, describe, expect, test } from "vitest";
import { connect, credsAuthenticator, nkeyAuthenticator } from "../../src/index.ts";
import type { Authenticator, ConnectOptions } from "../../src/index.ts";
import { acceptAll } from "../support/client-operations.ts";
import { failure } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { refusedUrl } from "../support/nats-server.ts";
import { copiesOf } from "../support/secret-copies.ts";
import { type Script, ScriptedServer } from "../support/scripted-server.ts";

const SEED = Buffer.from(createUser().getSeed()).toString("latin1");
const CREDENTIALS = [
  "-----BEGIN NATS USER JWT-----",
  "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJuYW1lIjoiam9lIiwianRpIjoiVUEifQ.c2ln_bmF0-dXJl",
  "------END NATS USER JWT------",
  "-----BEGIN USER NKEY SEED-----",
  SEED,
  "------END USER NKEY SEED------",
].join("\n");

const servers: ScriptedServer[] = [];

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

/** The URL of a server with this script. */
async function scripted(script: Script): Promise<string> {
  const server = await ScriptedServer.start(script);
  servers.push(server);
  return server.url;
}

const silent: Script = () => undefined;
const WITH_NONCE = { nonce: "PXoWU7zWAMt75FY" };

describe.each([
  ["an nkey's seed", () => nkeyAuthenticator(() => SEED)],
  ["credentials", () => credsAuthenticator(async () => CREDENTIALS)],
])("%s that a function gives: every copy is wiped", (_, authenticator) => {
  /** Connects, or fails to. */
  async function attempt(options: ConnectOptions): Promise<string> {
    return await connect({ authenticator: authenticator(), reconnect: false, ...options }).then(
      (nc) => nc.close().then(() => "connected"),
      ({ code }: { code: string }) => code,
    );
  }

  test.each<[string, () => Promise<ConnectOptions>, string]>([
    [
      "after signing",
      async () => ({ servers: await scripted(acceptAll(undefined, WITH_NONCE)) }),
      "connected",
    ],
    ["when the dial fails", async () => ({ servers: await refusedUrl() }), "CONNECTION_REFUSED"],
    [
      "when the server stays silent",
      async () => ({ servers: await scripted(silent), timeout: 100 }),
      "CONNECT_TIMEOUT",
    ],
    [
      "when the server's URL has user info, which goes before",
      async () => ({
        servers: (await scripted(acceptAll(undefined, WITH_NONCE))).replace("://", "://joe:secret@"),
      }),
      "connected",
    ],
    [
      "when another authenticator fails",
      async () => ({
        servers: await refusedUrl(),
        authenticator: [authenticator(), () => Promise.reject(new Error("no"))],
      }),
      "CREDENTIALS_FAILED",
    ],
    [
      "when another authenticator contradicts",
      async () => ({ servers: await refusedUrl(), authenticator: [authenticator(), authenticator()] }),
      "INVALID_CREDENTIALS",
    ],
  ])("%s [CRED-12]", async (_name, options, outcome) => {
    const given = await options();
    const seen: string[] = [];
    const copies = await copiesOf(SEED, async () => seen.push(await attempt(given)));
    expect(seen).toEqual([outcome]);
    expect(copies.made).toBeGreaterThan(0);
    await expect.poll(copies.left).toBe(0);
  });

  test("when the server sends no nonce to sign [CRED-12]", async () => {
    const url = await scripted(acceptAll());
    const copies = await copiesOf(SEED, () => attempt({ servers: url }));
    expect(copies.made).toBeGreaterThan(0);
    await expect.poll(copies.left).toBe(0);
  });
});

test("a seed that comes when its attempt is over is wiped at once [CRED-12]", async () => {
  const gate = new Gate();
  const authenticator = nkeyAuthenticator(async () => {
    await gate.opened;
    return SEED;
  });
  const url = await refusedUrl();
  let answered: Promise<unknown> | undefined;
  const watched: Authenticator = (context) => {
    const answer = Promise.resolve(authenticator(context));
    answered = answer;
    return answer;
  };
  const copies = await copiesOf(SEED, async () => {
    const error = await failure(connect({ servers: url, timeout: 50, authenticator: watched }));
    expect(error.code).toBe("CONNECT_TIMEOUT");
    gate.open();
    // Nothing is left to sign with.
    await answered?.catch(() => undefined);
  });
  expect(copies.made).toBeGreaterThan(0);
  await expect.poll(copies.left).toBe(0);
});

import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromPublic } from "@nats-io/nkeys";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Credentials } from "../../../src/core/auth/authenticator.ts";
import { collectCredentials } from "../../../src/core/auth/collect-credentials.ts";
import { signNonce } from "../../../src/core/auth/sign-nonce.ts";
import { credsFileAuthenticator, nkeyFileAuthenticator } from "../../../src/files/credentials-files.ts";
import { withSecretFile } from "../../../src/files/secret-file.ts";
import {
  accountSeed,
  ask,
  contextOf,
  credsFile,
  damaged,
  expectError,
  JWT,
  shownOf,
  userKey,
} from "../auth/support.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { thrownBy } from "../support/thrown.ts";

const KEY = userKey();
const OTHER_JWT = "b.c.d";
let directory: string;
let home: string | undefined;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "natspeed-creds-"));
  home = process.env["HOME"];
  process.env["HOME"] = directory;
  process.env["NATSPEED_CREDS"] = directory;
});

beforeEach(() => {
  write("a.creds", credsFile(JWT, KEY.seed));
  write("a.nk", `${KEY.seed}\n`);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
  delete process.env["NATSPEED_CREDS"];
  if (home === undefined) delete process.env["HOME"];
  else process.env["HOME"] = home;
});

function file(name: string): string {
  return join(directory, name);
}

function write(name: string, text: string): string {
  writeFileSync(file(name), text);
  return file(name);
}

async function verifies({ sign }: Credentials, publicKey = KEY.publicKey): Promise<boolean> {
  const nonce = bytesOf("PXoWU7zWAMt75FY");
  return fromPublic(publicKey).verify(nonce, await sign!(nonce));
}

describe("a credentials file", () => {
  test("gives the JWT and a signature [CRED-01]", async () => {
    const authenticator = credsFileAuthenticator(file("a.creds"));
    const credentials = await ask(authenticator);
    expect(credentials).toEqual({ jwt: JWT, sign: expect.any(Function) });
    expect(await verifies(credentials)).toBe(true);
    expect(authenticator.isFixed).toBeUndefined();
  });

  test.each(["$NATSPEED_CREDS/", "${NATSPEED_CREDS}/", "~/"])(
    "is found at %s, as the file of the seed is [CRED-03] [CRED-05]",
    async (start) => {
      const jwtOnly = write("jwt-only", JWT);
      expect(await verifies(await ask(credsFileAuthenticator(`${start}a.creds`)))).toBe(true);
      expect(await verifies(await ask(credsFileAuthenticator(jwtOnly, `${start}a.nk`)))).toBe(true);
    },
  );

  test("may have the seed in a second file, which is read instead [CRED-01]", async () => {
    const other = userKey();
    const seedFile = write("other.creds", credsFile(OTHER_JWT, other.seed));
    const credentials = await ask(credsFileAuthenticator(file("a.creds"), seedFile));
    expect(credentials.jwt).toBe(JWT);
    expect(await verifies(credentials, other.publicKey)).toBe(true);
  });

  test("is read anew for every attempt [CRED-02]", async () => {
    const authenticator = credsFileAuthenticator(file("a.creds"));
    await ask(authenticator);
    const other = userKey();
    write("a.creds", credsFile(OTHER_JWT, other.seed));
    const credentials = await ask(authenticator);
    expect(credentials.jwt).toBe(OTHER_JWT);
    expect(await verifies(credentials, other.publicKey)).toBe(true);
  });

  test("that is missing is told of when connecting, and found when it is there [CRED-09] [CRED-10]", async () => {
    const path = file("later.creds");
    const authenticator = credsFileAuthenticator(path);
    const collect = () => collectCredentials([authenticator], contextOf());
    const error = await expectError(
      collect,
      "CREDENTIALS_FAILED",
      /can't read the credentials in ".*later\.creds"/,
    );
    expect(error).toMatchObject({ argument: path, server: "nats://a:4222", cause: { code: "ENOENT" } });
    write("later.creds", credsFile(JWT, KEY.seed));
    expect((await collect()).jwt).toBe(JWT);
  });

  test("whose seed is in a missing file is told of before the server is dialled [CRED-09]", async () => {
    const path = file("missing.nk");
    const authenticator = credsFileAuthenticator(file("a.creds"), path);
    const error = await expectError(() => ask(authenticator), "CREDENTIALS_FAILED", /missing\.nk/);
    expect(error.argument).toBe(path);
  });

  test("that can't be read is told of with the reason [CRED-09]", async () => {
    const error = await expectError(
      () => ask(credsFileAuthenticator(directory)),
      "CREDENTIALS_FAILED",
      /EISDIR/,
    );
    expect(error).toMatchObject({ argument: directory, cause: { code: "EISDIR" } });
  });

  test("that goes away before it signs fails the signature [CRED-09] [AUTH-07]", async () => {
    const path = write("gone.creds", credsFile(JWT, KEY.seed));
    const credentials = await ask(credsFileAuthenticator(path));
    unlinkSync(path);
    const message = /^signing the server's nonce failed: can't read the credentials in ".*gone\.creds"/;
    await expectError(() => signNonce(credentials, "x"), "CREDENTIALS_FAILED", message);
  });

  test.each([
    ["empty", "", /it is empty/],
    ["a seed", KEY.seed, /a seed where the user's JWT should be/],
    ["of swapped blocks", credsFile(KEY.seed, JWT), /a seed where the user's JWT should be/],
    ["without a seed", JWT, /it has no seed/],
    ["cut off in the JWT", credsFile(JWT, KEY.seed).slice(0, 60), /cut off/],
    ["cut off before the seed", credsFile(JWT, KEY.seed).split(KEY.seed)[0]!, /block of its seed is cut off/],
    ["cut off in the seed", credsFile(JWT, KEY.seed).split(KEY.seed.slice(20))[0]!, /damaged/],
    ["with the seed of an account", credsFile(JWT, accountSeed()), /of an account/],
  ])("is refused if it is %s, and named [CRED-08]", async (_, text, message) => {
    const path = write("bad.creds", text);
    const error = await expectError(() => ask(credsFileAuthenticator(path)), "INVALID_CREDENTIALS", message);
    expect(error.argument).toBe(path);
    expect(error.message).toContain(path);
    for (const secret of [KEY.seed.slice(0, 8), JWT.slice(0, 8)])
      expect(shownOf(error)).not.toContain(secret);
  });

  test("with a damaged seed is refused when it signs", async () => {
    const path = write("damaged.creds", credsFile(JWT, damaged(KEY.seed)));
    const credentials = await ask(credsFileAuthenticator(path));
    const error = await expectError(() => signNonce(credentials, "x"), "INVALID_CREDENTIALS", /damaged seed/);
    expect(error.argument).toBe(path);
  });

  test("must be a path", async () => {
    const wrongPath = () => credsFileAuthenticator(undefined as never);
    expect(await expectError(wrongPath, "INVALID_OPTION", /must be a path/)).toMatchObject({
      argument: "path",
    });
    const wrongSeedPath = () => credsFileAuthenticator("a", 1 as never);
    expect(await expectError(wrongSeedPath, "INVALID_OPTION", /must be a path/)).toMatchObject({
      argument: "seedPath",
    });
  });
});

describe("a file with the seed of an nkey", () => {
  test.each([
    ["a line", () => KEY.seed],
    ["a line with white space around it", () => `\n  ${KEY.seed} \r\n`],
    ["a block", () => `-----BEGIN USER NKEY SEED-----\n${KEY.seed}\n------END USER NKEY SEED------\n`],
    ["a credentials file", () => credsFile(JWT, KEY.seed)],
  ])("gives the nkey and a signature: %s [CRED-08] [CRED-11]", async (_, text) => {
    const authenticator = nkeyFileAuthenticator(write("b.nk", text()));
    const credentials = await ask(authenticator);
    expect(credentials).toEqual({ nkey: KEY.publicKey, sign: expect.any(Function) });
    expect(await verifies(credentials)).toBe(true);
    expect(authenticator.isFixed).toBeUndefined();
  });

  test("is found in the home directory [CRED-03]", async () => {
    expect((await ask(nkeyFileAuthenticator("~/a.nk"))).nkey).toBe(KEY.publicKey);
  });

  test("is read anew for every attempt, and for each signature [CRED-11] [CRED-12]", async () => {
    const authenticator = nkeyFileAuthenticator(file("a.nk"));
    const before = await ask(authenticator);
    const other = userKey();
    write("a.nk", other.seed);
    expect(await verifies(before, other.publicKey)).toBe(true);
    expect((await ask(authenticator)).nkey).toBe(other.publicKey);
  });

  test("is told of at once if it is missing [CRED-11]", async () => {
    const path = file("missing.nk");
    const error = await expectError(() => nkeyFileAuthenticator(path), "CREDENTIALS_FAILED", /missing\.nk/);
    expect(error.argument).toBe(path);
  });

  test.each([
    ["without a seed", KEY.publicKey, /it has no seed/],
    ["empty", "", /it is empty/],
    ["with the seed of an account", accountSeed(), /of an account, not of a user/],
    ["cut off", KEY.seed.slice(0, 50), /damaged/],
  ])("is told of at once if it is %s [CRED-11]", (_, text, message) => {
    const path = write("bad.nk", text);
    const error = thrownBy(() => nkeyFileAuthenticator(path));
    expect(error).toMatchObject({ code: "INVALID_CREDENTIALS", argument: path });
    expect((error as Error).message).toMatch(message);
    if (text !== "") expect(shownOf(error)).not.toContain(text.slice(0, 8));
  });

  test("is told of when connecting if its checksum is wrong", async () => {
    const authenticator = nkeyFileAuthenticator(write("bad.nk", damaged(KEY.seed)));
    await expectError(() => ask(authenticator), "INVALID_CREDENTIALS", /damaged seed/);
  });
});

describe("the contents of a file", () => {
  test("are zeroed after use, and what was copied stays [CRED-12]", () => {
    let contents: Uint8Array | undefined;
    const text = withSecretFile(file("a.nk"), (bytes) => {
      contents = bytes;
      return latin1(bytes);
    });
    expect(text).toBe(`${KEY.seed}\n`);
    expect(contents).toHaveLength(text.length);
    expect(contents!.every((byte) => byte === 0)).toBe(true);
  });

  test("are zeroed too if they are of no use [CRED-12]", () => {
    let contents: Uint8Array | undefined;
    const failure = new Error("of no use");
    const use = (bytes: Uint8Array): never => {
      contents = bytes;
      throw failure;
    };
    expect(thrownBy(() => withSecretFile(file("a.nk"), use))).toBe(failure);
    expect(contents!.length).toBeGreaterThan(0);
    expect(contents!.every((byte) => byte === 0)).toBe(true);
  });
});

import { fromPublic } from "@nats-io/nkeys";
import { describe, expect, test } from "vitest";
import type { AuthContext, Authenticator, Credentials } from "../../../src/core/auth/authenticator.ts";
import { tokenAuthenticator, usernamePasswordAuthenticator } from "../../../src/core/auth/authenticators.ts";
import { credsAuthenticator, jwtAuthenticator } from "../../../src/core/auth/jwt-authenticator.ts";
import { nkeyAuthenticator } from "../../../src/core/auth/nkey-authenticator.ts";
import { NatsError } from "../../../src/core/errors.ts";
import { copiesOf } from "../../support/secret-copies.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import {
  accountSeed,
  ask,
  contextOf,
  credsFile,
  damaged,
  expectError,
  JWT,
  rejection,
  shownOf,
  userKey,
} from "./support.ts";

const NONCE = bytesOf("PXoWU7zWAMt75FY");
const KEY = userKey();

async function verifies({ sign }: Credentials, publicKey = KEY.publicKey): Promise<boolean> {
  return fromPublic(publicKey).verify(NONCE, await sign!(NONCE));
}

// For what the types forbid.
// oxlint-disable-next-line typescript/no-explicit-any
const wrong = (value: unknown): any => value;

describe("user and password", () => {
  test("are what was given, and never change [AUTH-03]", async () => {
    const authenticator = usernamePasswordAuthenticator("joe", "s3cret");
    expect(await ask(authenticator)).toEqual({ user: "joe", password: "s3cret" });
    expect(authenticator.isFixed).toBe(true);
  });

  test("may have an empty password, and no empty user", async () => {
    expect(await ask(usernamePasswordAuthenticator("joe", ""))).toEqual({ user: "joe", password: "" });
    await expectError(
      () => usernamePasswordAuthenticator("", "p"),
      "INVALID_CREDENTIALS",
      /"user": it is empty/,
    );
  });

  test("must be strings", async () => {
    const noUser = await expectError(
      () => usernamePasswordAuthenticator(wrong(1), "p"),
      "INVALID_OPTION",
      /"user"/,
    );
    expect(noUser).toMatchObject({ argument: "user" });
    await expectError(
      () => usernamePasswordAuthenticator("u", wrong(undefined)),
      "INVALID_OPTION",
      /"password"/,
    );
  });
});

describe("a token", () => {
  test("is what was given, and never changes [AUTH-03]", async () => {
    const authenticator = tokenAuthenticator("t0ken");
    expect(await ask(authenticator)).toEqual({ token: "t0ken" });
    expect(authenticator.isFixed).toBe(true);
  });

  test("is asked for anew each time of a function, which may be asynchronous [AUTH-09] [AUTH-12]", async () => {
    let asked = 0;
    const now = tokenAuthenticator(() => `t${++asked}`);
    expect([await ask(now), await ask(now)]).toEqual([{ token: "t1" }, { token: "t2" }]);
    expect(await ask(tokenAuthenticator(async () => "later"))).toEqual({ token: "later" });
    expect(now.isFixed).toBeUndefined();
  });

  test("is asked for with what is known of the attempt", async () => {
    const contexts: AuthContext[] = [];
    const context = contextOf({ attempt: 7 });
    await tokenAuthenticator((given) => {
      contexts.push(given);
      return "";
    })(context);
    expect(contexts).toEqual([context]);
  });

  test("must be a string, not an empty one", async () => {
    await expectError(() => tokenAuthenticator(wrong(12_345)), "INVALID_OPTION", /a number/);
    await expectError(() => tokenAuthenticator(""), "INVALID_CREDENTIALS", /it is empty/);
    await expectError(
      () => ask(tokenAuthenticator(wrong(() => 12_345))),
      "INVALID_CREDENTIALS",
      /its function returned a number/,
    );
  });
});

describe("a user and a password that functions give", () => {
  test("are asked for each time, with what is known of the attempt [AUTH-09]", async () => {
    let asked = 0;
    const authenticator = usernamePasswordAuthenticator(
      ({ attempt }) => `joe-${attempt}`,
      async () => `pw-${++asked}`,
    );
    expect(authenticator.isFixed).toBeUndefined();
    expect(await authenticator(contextOf({ attempt: 1 }))).toEqual({ user: "joe-1", password: "pw-1" });
    expect(await authenticator(contextOf({ attempt: 2 }))).toEqual({ user: "joe-2", password: "pw-2" });
  });

  test("must be strings", async () => {
    const noPassword = usernamePasswordAuthenticator(
      "joe",
      wrong(() => 1),
    );
    await expectError(
      () => ask(noPassword),
      "INVALID_CREDENTIALS",
      /"password": its function returned a number/,
    );
    await expectError(() => usernamePasswordAuthenticator(wrong(1), "pw"), "INVALID_OPTION", /a number/);
  });
});

describe("credentials that are a path", () => {
  test.each(["./user.creds", "/run/secrets/user.creds", "user.creds", "C:\\creds\\user", "~/creds/user"])(
    "%j are told as one, without being shown [CRED-06]",
    async (path) => {
      const error = await expectError(
        () => credsAuthenticator(path),
        "INVALID_CREDENTIALS",
        /looks like a path; .*credsFileAuthenticator/,
      );
      expect(String(error)).not.toContain(path);
    },
  );
});

describe("an nkey", () => {
  test.each([
    ["text", KEY.seed],
    ["text with a line end", `${KEY.seed}\n`],
    ["bytes", bytesOf(KEY.seed)],
  ])("is derived from a seed as %s, which signs, and never changes [AUTH-06]", async (_, seed) => {
    const authenticator = nkeyAuthenticator(seed);
    expect(authenticator.isFixed).toBe(true);
    for (let attempt = 1; attempt <= 2; attempt++) {
      const credentials = await ask(authenticator);
      expect(credentials).toEqual({ nkey: KEY.publicKey, sign: expect.any(Function) });
      expect(await verifies(credentials)).toBe(true);
    }
  });

  test("leaves the caller's bytes alone, and does not depend on them [CRED-12]", async () => {
    const seed = bytesOf(KEY.seed);
    const authenticator = nkeyAuthenticator(seed);
    expect(await verifies(await ask(authenticator))).toBe(true);
    expect(latin1(seed)).toBe(KEY.seed);
    seed.fill(0);
    expect(await verifies(await ask(authenticator))).toBe(true);
  });

  test("is asked for anew each time of a function, which may be asynchronous [AUTH-12]", async () => {
    const keys = [userKey(), userKey()];
    const given = keys.map(({ seed }) => bytesOf(seed));
    let asked = 0;
    const authenticator = nkeyAuthenticator(async () => given[asked++]!);
    expect(authenticator.isFixed).toBeUndefined();
    for (const { publicKey } of keys) {
      const credentials = await ask(authenticator);
      expect(credentials.nkey).toBe(publicKey);
      expect(await verifies(credentials, publicKey)).toBe(true);
    }
    expect(given.map(latin1)).toEqual(keys.map(({ seed }) => seed));
  });

  test("may have its seed elsewhere [OPT-22]", async () => {
    class Vault {
      readonly publicKey = KEY.publicKey;
      readonly #pair = KEY.pair;
      sign(nonce: Uint8Array): Uint8Array {
        return this.#pair.sign(nonce);
      }
    }
    const authenticator = nkeyAuthenticator(new Vault());
    expect(authenticator.isFixed).toBeUndefined();
    const credentials = await ask(authenticator);
    expect(credentials.nkey).toBe(KEY.publicKey);
    expect(await verifies(credentials)).toBe(true);
  });

  test.each([
    ["the seed of an account", accountSeed(), /"seed": it is the seed of an account/],
    ["a public key", KEY.publicKey, /"seed": it is not the seed of a user/],
    ["a part of a seed", KEY.seed.slice(0, 57), /"seed": it is damaged/],
  ])("is not %s: at once, or when a function gives it [CRED-11]", async (_, seed, message) => {
    await expectError(() => nkeyAuthenticator(seed), "INVALID_CREDENTIALS", message);
    await expectError(() => ask(nkeyAuthenticator(() => seed)), "INVALID_CREDENTIALS", message);
  });

  test("can't be derived from a damaged seed, of which no copy is left [CRED-12]", async () => {
    const seed = damaged(KEY.seed);
    const authenticator = nkeyAuthenticator(() => seed);
    const copies = await copiesOf(seed, () =>
      expectError(() => ask(authenticator), "INVALID_CREDENTIALS", /checksum/),
    );
    expect(copies.made).toBeGreaterThan(0);
    expect(copies.left()).toBe(0);
  });

  test("can't be derived from a damaged seed", async () => {
    const seed = damaged(KEY.seed);
    for (const authenticator of [nkeyAuthenticator(seed), nkeyAuthenticator(() => seed)]) {
      await expectError(() => ask(authenticator), "INVALID_CREDENTIALS", /damaged seed/);
    }
  });

  test("is refused as something else [OPT-22]", async () => {
    const sign = () => new Uint8Array(64);
    await expectError(
      () => nkeyAuthenticator(wrong(7)),
      "INVALID_OPTION",
      /"seed": it must be .* not a number/,
    );
    await expectError(() => nkeyAuthenticator(wrong(null)), "INVALID_OPTION", /not null/);
    await expectError(() => nkeyAuthenticator(wrong({ sign })), "INVALID_OPTION", /"publicKey"/);
    await expectError(
      () => nkeyAuthenticator(wrong({ publicKey: KEY.publicKey })),
      "INVALID_OPTION",
      /"sign"/,
    );
    await expectError(
      () => nkeyAuthenticator({ publicKey: "UA", sign }),
      "INVALID_CREDENTIALS",
      /"publicKey"/,
    );
    await expectError(
      () => ask(nkeyAuthenticator(wrong(() => 7))),
      "INVALID_CREDENTIALS",
      /returned a number/,
    );
  });
});

describe("a JWT", () => {
  test("of a bearer comes alone, and never changes [AUTH-04]", async () => {
    const authenticator = jwtAuthenticator(`${JWT}\n`);
    expect(await ask(authenticator)).toEqual({ jwt: JWT });
    expect(authenticator.isFixed).toBe(true);
  });

  test("comes with a seed that signs, each time [AUTH-06]", async () => {
    const seed = bytesOf(KEY.seed);
    const authenticator = jwtAuthenticator(JWT, seed);
    expect(authenticator.isFixed).toBe(true);
    for (let attempt = 1; attempt <= 2; attempt++) {
      const credentials = await ask(authenticator);
      expect(credentials).toEqual({ jwt: JWT, sign: expect.any(Function) });
      expect(await verifies(credentials)).toBe(true);
    }
    expect(latin1(seed)).toBe(KEY.seed);
  });

  test("comes with a function that signs, which may change its mind", async () => {
    const authenticator = jwtAuthenticator(JWT, async (nonce) => KEY.pair.sign(nonce));
    expect(await verifies(await ask(authenticator))).toBe(true);
    expect(authenticator.isFixed).toBeUndefined();
  });

  test("is asked for anew each time of a function [AUTH-04] [AUTH-12]", async () => {
    let asked = 0;
    const authenticator = jwtAuthenticator(async () => (asked++ === 0 ? JWT : ""), KEY.seed);
    expect(authenticator.isFixed).toBeUndefined();
    expect((await ask(authenticator)).jwt).toBe(JWT);
    expect((await ask(authenticator)).jwt).toBe("");
  });

  test("is refused as something else [OPT-21]", async () => {
    const creds = credsFile(JWT, KEY.seed);
    await expectError(() => jwtAuthenticator(wrong({})), "INVALID_OPTION", /"jwt": .* not an object/);
    await expectError(() => jwtAuthenticator(JWT, wrong(5)), "INVALID_OPTION", /"seed": .* not a number/);
    await expectError(() => jwtAuthenticator(creds), "INVALID_CREDENTIALS", /credsAuthenticator/);
    await expectError(() => jwtAuthenticator(""), "INVALID_CREDENTIALS", /not a JWT/);
    await expectError(() => jwtAuthenticator(JWT, accountSeed()), "INVALID_CREDENTIALS", /of an account/);
    await expectError(() => ask(jwtAuthenticator(() => "x")), "INVALID_CREDENTIALS", /not a JWT/);
    await expectError(
      () => ask(jwtAuthenticator(wrong(() => undefined))),
      "INVALID_CREDENTIALS",
      /undefined/,
    );
  });
});

describe("the contents of a credentials file", () => {
  test.each([
    ["text", credsFile(JWT, KEY.seed)],
    ["bytes", bytesOf(credsFile(JWT, KEY.seed))],
  ])("as %s give the JWT and a signature, and never change [CRED-01]", async (_, contents) => {
    const authenticator = credsAuthenticator(contents);
    expect(authenticator.isFixed).toBe(true);
    for (let attempt = 1; attempt <= 2; attempt++) {
      const credentials = await ask(authenticator);
      expect(credentials).toEqual({ jwt: JWT, sign: expect.any(Function) });
      expect(await verifies(credentials)).toBe(true);
    }
  });

  test("are asked for anew each time of a function, whose bytes stay as they are [CRED-02] [CRED-12]", async () => {
    const files = [userKey(), userKey()].map((key) => ({ ...key, text: credsFile(JWT, key.seed) }));
    const given = files.map(({ text }) => bytesOf(text));
    let asked = 0;
    const authenticator = credsAuthenticator(() => given[asked++]!);
    expect(authenticator.isFixed).toBeUndefined();
    for (const { publicKey } of files) expect(await verifies(await ask(authenticator), publicKey)).toBe(true);
    expect(given.map(latin1)).toEqual(files.map(({ text }) => text));
  });

  test("are refused at once, or when a function gives them", async () => {
    const refused: [contents: string, message: RegExp][] = [
      ["", /"contents": it is empty/],
      [KEY.seed, /a seed where the user's JWT should be/],
      [JWT, /it has no seed/],
      [credsFile(KEY.seed, JWT), /a seed where the user's JWT should be/],
      [credsFile(JWT, accountSeed()), /of an account/],
      [credsFile(JWT, KEY.seed.slice(0, 30)), /damaged/],
    ];
    for (const [contents, message] of refused) {
      await expectError(() => credsAuthenticator(contents), "INVALID_CREDENTIALS", message);
      await expectError(() => ask(credsAuthenticator(() => contents)), "INVALID_CREDENTIALS", message);
    }
  });

  test("must be text or bytes", async () => {
    await expectError(() => credsAuthenticator(wrong(undefined)), "INVALID_OPTION", /"contents"/);
    await expectError(
      () => ask(credsAuthenticator(wrong(() => null))),
      "INVALID_CREDENTIALS",
      /returned null/,
    );
  });
});

describe("what an authenticator shows of itself", () => {
  const secrets = ["s3cret-pass", "s3cret-token", KEY.seed, JWT];
  const makers: [string, () => Authenticator][] = [
    ["usernamePasswordAuthenticator", () => usernamePasswordAuthenticator("joe", "s3cret-pass")],
    ["tokenAuthenticator", () => tokenAuthenticator("s3cret-token")],
    ["nkeyAuthenticator", () => nkeyAuthenticator(KEY.seed)],
    ["jwtAuthenticator", () => jwtAuthenticator(JWT, KEY.seed)],
    ["credsAuthenticator", () => credsAuthenticator(credsFile(JWT, KEY.seed))],
  ];

  test.each(makers)("has no secret in it: %s", (_, make) => {
    const shown = shownOf(make());
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });

  test.each(makers.slice(2))("has no seed in it either as an answer: %s", async (_, make) => {
    expect(shownOf(await ask(make()))).not.toContain(KEY.seed.slice(0, 8));
  });

  test("has no secret in it as an error about one in the wrong place", async () => {
    const secret = KEY.seed.slice(0, 50);
    const calls: (() => unknown)[] = [
      () => jwtAuthenticator(secret),
      () => jwtAuthenticator(JWT, secret),
      () => credsAuthenticator(secret),
      () => nkeyAuthenticator(`x${secret}`),
      () => nkeyAuthenticator({ publicKey: secret, sign: (nonce) => nonce }),
      () => nkeyAuthenticator(wrong({ publicKey: KEY.publicKey, sign: secret })),
      () => usernamePasswordAuthenticator(wrong({ secret }), secret),
      () => tokenAuthenticator(wrong([secret])),
    ];
    for (const call of calls) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(NatsError);
      const shown = shownOf(error);
      expect(shown).not.toContain(secret.slice(0, 8));
      expect(shown).not.toContain(JWT);
    }
  });
});

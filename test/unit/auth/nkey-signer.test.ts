import { fromPublic } from "@nats-io/nkeys";
import { describe, expect, test } from "vitest";
import {
  checkUserSeed,
  copySeed,
  oneTimeSigner,
  publicKeyOf,
  seedSigner,
  signWithSeed,
} from "../../../src/core/auth/nkey-signer.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { accountSeed, damaged, expectError, operatorSeed, shownOf, userKey } from "./support.ts";

const NONCE = bytesOf("PXoWU7zWAMt75FY");

/** Zeroed, and not just emptied. */
function expectWiped(bytes: Uint8Array): void {
  expect(bytes.length).toBeGreaterThan(0);
  expect([...bytes].every((byte) => byte === 0)).toBe(true);
}

describe("signing with a seed", () => {
  test("gives the raw Ed25519 signature of the nonce [CRED-13]", async () => {
    const { seed, publicKey } = userKey();
    const signature = await signWithSeed(bytesOf(seed), NONCE, "seed");
    expect(signature).toHaveLength(64);
    expect(fromPublic(publicKey).verify(NONCE, signature)).toBe(true);
  });

  test("zeroes the seed [CRED-12]", async () => {
    const seed = bytesOf(userKey().seed);
    await signWithSeed(seed, NONCE, "seed");
    expectWiped(seed);
  });

  test("zeroes a damaged seed too, and says nothing of it [CRED-12]", async () => {
    const text = damaged(userKey().seed);
    const seed = bytesOf(text);
    const error = await expectError(
      () => signWithSeed(seed, NONCE, "my seed"),
      "INVALID_CREDENTIALS",
      /checksum/,
    );
    expectWiped(seed);
    expect(error).toMatchObject({ argument: "my seed" });
    expect(shownOf(error)).not.toContain(text.slice(0, 6));
  });

  test("works any number of times with a source of seeds", async () => {
    const { seed, publicKey } = userKey();
    const given: Uint8Array[] = [];
    const sign = seedSigner(() => {
      given.push(bytesOf(seed));
      return given.at(-1)!;
    }, "seed");
    for (const nonce of ["a", "b"]) {
      expect(fromPublic(publicKey).verify(bytesOf(nonce), await sign(bytesOf(nonce)))).toBe(true);
    }
    expect(given).toHaveLength(2);
    given.forEach(expectWiped);
  });

  test("works once with a seed that was given away, and zeroes it [CRED-12]", async () => {
    const { seed, publicKey } = userKey();
    const bytes = bytesOf(seed);
    const sign = oneTimeSigner(bytes, "seed");
    expect(latin1(bytes)).toBe(seed);
    expect(fromPublic(publicKey).verify(NONCE, await sign(NONCE))).toBe(true);
    expectWiped(bytes);
    await expectError(() => sign(NONCE), "CREDENTIALS_FAILED", /asked for anew/);
  });
});

describe("the public key of a seed", () => {
  test("is that of the user, and the seed is zeroed [CRED-11] [CRED-12]", async () => {
    const { seed, publicKey } = userKey();
    const bytes = bytesOf(seed);
    expect(await publicKeyOf(bytes, "seed")).toBe(publicKey);
    expectWiped(bytes);
  });
});

describe("the seed of a user", () => {
  test("is taken as text or bytes, without white space around it", () => {
    const { seed } = userKey();
    expect(latin1(copySeed(` ${seed}\r\n`, "seed"))).toBe(seed);
    const given = bytesOf(`${seed}\n`);
    expect(latin1(copySeed(given, "seed"))).toBe(seed);
    expect(latin1(given)).toBe(`${seed}\n`);
  });

  test.each([
    ["the seed of an account", accountSeed(), /of an account, not of a user/],
    ["the seed of an operator", operatorSeed(), /of an operator, not of a user/],
    ["a public key", userKey().publicKey, /those begin with SU/],
    ["nothing", "", /it is empty/],
    ["a part of one", userKey().seed.slice(0, 40), /damaged: a seed has 58 characters/],
    ["one with a wrong letter", `${userKey().seed.slice(0, -1)}1`, /damaged: a seed has 58 characters/],
  ])("is not %s [CRED-11]", async (_, text, message) => {
    const bytes = bytesOf(text);
    const error = await expectError(() => checkUserSeed(bytes, "seed"), "INVALID_CREDENTIALS", message);
    expect(error).toMatchObject({ argument: "seed" });
    if (text !== "") {
      expectWiped(bytes);
      expect(shownOf(error)).not.toContain(text.slice(0, 6));
    }
  });
});

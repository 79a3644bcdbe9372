import { fromPublic } from "@nats-io/nkeys";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Credentials } from "../../../src/core/auth/authenticator.ts";
import { nkeyAuthenticator } from "../../../src/core/auth/nkey-authenticator.ts";
import { signNonce } from "../../../src/core/auth/sign-nonce.ts";
import { AuthenticationError } from "../../../src/core/errors.ts";
import { bytesOf, latin1 } from "../support/bytes.ts";
import { ask, expectError, JWT, rejection, userKey } from "./support.ts";

const NONCE = "PXoWU7zWAMt75FY";

function signedBy(sign: unknown): Promise<string | undefined> {
  return signNonce({ jwt: JWT, sign: sign as NonNullable<Credentials["sign"]> }, NONCE);
}

describe("the signature of the nonce", () => {
  test("is unpadded URL-safe base64 of what verifies with the nkey [AUTH-06] [CRED-13]", async () => {
    const { seed, publicKey } = userKey();
    const sig = await signNonce(await ask(nkeyAuthenticator(seed)), NONCE);
    expect(sig).toMatch(/^[\w-]{86}$/);
    const raw = new Uint8Array(Buffer.from(sig!, "base64url"));
    expect(fromPublic(publicKey).verify(bytesOf(NONCE), raw)).toBe(true);
  });

  test("is of the nonce's bytes, as sent [CRED-13]", async () => {
    const seen: string[] = [];
    await signedBy((nonce: Uint8Array) => {
      seen.push(latin1(nonce));
      return new Uint8Array(64);
    });
    expect(seen).toEqual([NONCE]);
  });

  test("is the same text as that of Node for any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 64, maxLength: 64 }), async (signature) => {
        expect(await signedBy(async () => signature)).toBe(Buffer.from(signature).toString("base64url"));
      }),
    );
  });

  test("is not asked for without a JWT or nkey, or for that of a bearer [AUTH-06]", async () => {
    const sign = (): never => {
      throw new Error("called");
    };
    for (const credentials of [
      {},
      { sign },
      { user: "u", sign },
      { jwt: "", nkey: "", sign },
      { jwt: JWT },
    ]) {
      expect(await signNonce(credentials, NONCE)).toBeUndefined();
    }
  });
});

describe("a signer that fails", () => {
  test("by throwing or rejecting is the cause [AUTH-07]", async () => {
    const cause = new Error("the token was removed");
    const signers = [
      () => Promise.reject(cause),
      () => {
        throw cause;
      },
    ];
    for (const signer of signers) {
      const message = "signing the server's nonce failed: the token was removed";
      const error = await expectError(() => signedBy(signer), "CREDENTIALS_FAILED", message);
      expect(error.cause).toBe(cause);
    }
  });

  test("because its seed is damaged says so", async () => {
    const own = new AuthenticationError("INVALID_CREDENTIALS", "damaged");
    expect(await rejection(() => signedBy(() => Promise.reject(own)))).toBe(own);
  });

  test.each([
    [undefined, /it gave undefined, not a signature/],
    ["c2ln", /it gave a string, not a signature/],
    [new Uint8Array(58), /a signature has 64 bytes, not 58/],
    [new ArrayBuffer(64), /it gave an object, not a signature/],
  ])("by giving %o", async (given, message) => {
    await expectError(() => signedBy(() => given), "CREDENTIALS_FAILED", message);
  });
});

import { setImmediate } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AuthContext, Authenticator, Credentials } from "../../../src/core/auth/authenticator.ts";
import { collectCredentials } from "../../../src/core/auth/collect-credentials.ts";
import { AuthenticationError } from "../../../src/core/errors.ts";
import { contextOf, expectError, JWT, rejection, shownOf } from "./support.ts";

const sign = (): Uint8Array => new Uint8Array(64);

async function collect(...answers: unknown[]): Promise<Credentials> {
  return await collectCredentials(
    answers.map((answer) => () => answer as Credentials),
    contextOf(),
  );
}

describe("the credentials of an attempt", () => {
  test("are what all authenticators give together [AUTH-03]", async () => {
    expect(await collect()).toEqual({});
    expect(await collect({ user: "u", password: "p" }, { token: "t" })).toEqual({
      user: "u",
      password: "p",
      token: "t",
    });
    expect(await collect({ jwt: JWT }, { sign }, { user: "u" })).toEqual({
      jwt: JWT,
      sign: expect.any(Function),
      user: "u",
    });
  });

  test("come from functions that are told of the attempt, all at the same time [AUTH-12]", async () => {
    const context = contextOf({ attempt: 3 });
    const seen: AuthContext[] = [];
    const asked: string[] = [];
    const slow =
      (name: string, answer: Credentials): Authenticator =>
      async (given) => {
        seen.push(given);
        asked.push(name);
        await setImmediate();
        asked.push(`${name} answered`);
        return answer;
      };
    const both = [slow("a", { user: "u" }), slow("b", { token: "t" })];
    expect(await collectCredentials(both, context)).toEqual({ user: "u", token: "t" });
    expect(asked).toEqual(["a", "b", "a answered", "b answered"]);
    expect(seen).toEqual([context, context]);
  });

  test("leave out what is empty or undefined", async () => {
    expect(await collect({ user: "", token: undefined, nkey: "", sign: undefined })).toEqual({});
    expect(await collect({ token: "" }, { token: "t" })).toEqual({ token: "t" });
  });

  test("have nothing to sign with without a JWT or nkey [AUTH-06]", async () => {
    expect(await collect({ jwt: "", sign })).toEqual({});
    expect(await collect({ nkey: "", sign, user: "u" })).toEqual({ user: "u" });
  });

  test("are a copy, whose sign is called as the method that it is", async () => {
    const answer = {
      jwt: JWT,
      sign(): Uint8Array {
        return new Uint8Array(this.jwt.length);
      },
    };
    const collected = await collect(answer);
    expect(collected).not.toBe(answer);
    expect(await collected.sign!(new Uint8Array())).toHaveLength(JWT.length);
  });
});

describe("an authenticator that fails", () => {
  test.each([
    ["rejects", () => Promise.reject(new Error("the vault is closed"))],
    [
      "throws",
      () => {
        throw new Error("the vault is closed");
      },
    ],
  ])("fails the attempt if it %s [AUTH-04]", async (_, authenticator) => {
    const error = await expectError(
      () => collectCredentials([() => ({ user: "u" }), authenticator], contextOf()),
      "CREDENTIALS_FAILED",
      "an authenticator failed: the vault is closed",
    );
    expect(error).toMatchObject({ server: "nats://a:4222", cause: { message: "the vault is closed" } });
  });

  test("may throw anything", async () => {
    for (const thrown of [undefined, null, "text", { toString: null }]) {
      const authenticator = (): never => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw thrown;
      };
      await expectError(
        () => collectCredentials([authenticator], contextOf()),
        "CREDENTIALS_FAILED",
        /failed/,
      );
    }
  });

  test("is heard if it says what is wrong with the credentials", async () => {
    for (const code of ["INVALID_CREDENTIALS", "CREDENTIALS_FAILED"] as const) {
      const own = new AuthenticationError(code, "no seed", { argument: "/a.creds" });
      const error = await rejection(() => collectCredentials([() => Promise.reject(own)], contextOf()));
      expect(error).toBe(own);
      expect(error).toMatchObject({ argument: "/a.creds", server: "nats://a:4222" });
    }
  });

  test("fails the attempt at once, and others that fail later go unheard", async () => {
    let failLate: ((error: Error) => void) | undefined;
    const late = () => new Promise<Credentials>((_, reject) => (failLate = reject));
    const soon = () => Promise.reject(new Error("soon"));
    await expectError(() => collectCredentials([late, soon], contextOf()), "CREDENTIALS_FAILED", /soon/);
    failLate!(new Error("late"));
    await setImmediate();
  });
});

describe("an answer that is none", () => {
  test.each([
    [undefined, /"authenticator": it returned undefined/],
    [null, /it returned null/],
    ["token", /it returned a string/],
    [["u", "p"], /it returned an array/],
    [() => ({}), /it returned a function/],
    [{ pass: "p" }, /"pass": there is no such field; the fields are user, password, token, jwt, nkey, sign/],
    [{ user: 1 }, /"user": it is a number, not a string/],
    [{ jwt: new Uint8Array(3) }, /"jwt": it is bytes, not a string/],
    [{ jwt: null }, /"jwt": it is null, not a string/],
    [{ sign: "s" }, /"sign": it is a string, not a function/],
  ])("is refused: %o", async (answer, message) => {
    const error = await expectError(() => collect(answer), "INVALID_CREDENTIALS", message);
    expect(error.argument).toBeDefined();
    expect(error.server).toBe("nats://a:4222");
  });

  test("does not show what is in it", async () => {
    const answers = ["s3cret", { user: { s3cret: "s3cret" } }, { password: ["s3cret"] }, { sign: "s3cret" }];
    for (const answer of answers) {
      const error = await expectError(() => collect(answer), "INVALID_CREDENTIALS", /./);
      expect([error.message, JSON.stringify(error)].join()).not.toContain("s3cret");
    }
  });

  test("never gets through, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (answer) => {
        const collected = await collect(answer).catch((error: unknown) => {
          expect(error).toBeInstanceOf(AuthenticationError);
          return {};
        });
        for (const value of Object.values(collected)) expect(value).toBeTypeOf("string");
      }),
    );
  });
});

describe("answers that contradict each other", () => {
  test.each(["user", "password", "token", "jwt"])("are refused: two give %s", async (field) => {
    const error = await expectError(
      () => collect({ [field]: "s3cret-1" }, { [field]: "s3cret-2" }),
      "INVALID_CREDENTIALS",
      `"${field}": two authenticators give it`,
    );
    expect(shownOf(error)).not.toContain("s3cret");
  });

  test("are refused: two sign", async () => {
    await expectError(() => collect({ jwt: JWT, sign }, { sign }), "INVALID_CREDENTIALS", /"sign": two/);
  });

  test("are refused: an nkey and a JWT, of one or of two [OPT-23] [AUTH-05]", async () => {
    const message = /"nkey": it can't be combined with a jwt/;
    await expectError(() => collect({ nkey: "UA", jwt: JWT, sign }), "INVALID_CREDENTIALS", message);
    await expectError(() => collect({ jwt: JWT }, { nkey: "UA", sign }), "INVALID_CREDENTIALS", message);
  });

  test("are refused: an nkey that nobody signs for [OPT-24] [AUTH-08]", async () => {
    await expectError(
      () => collect({ nkey: "UA" }),
      "INVALID_CREDENTIALS",
      /"nkey": it needs a sign function/,
    );
  });
});

describe("the signal", () => {
  test("ends the wait with its reason, and what comes later goes unheard", async () => {
    const controller = new AbortController();
    let fail: ((error: Error) => void) | undefined;
    const never = () => new Promise<Credentials>((_, reject) => (fail = reject));
    const collected = collectCredentials([never], contextOf({ signal: controller.signal }));
    const reason = new AuthenticationError("CREDENTIALS_FAILED", "took too long");
    controller.abort(reason);
    expect(await rejection(() => collected)).toBe(reason);
    fail!(new Error("late"));
    await setImmediate();
  });

  test("has the last word over an authenticator that ends with it", async () => {
    const controller = new AbortController();
    const listening: Authenticator = ({ signal }) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("mine"))));
    const collected = collectCredentials([listening], contextOf({ signal: controller.signal }));
    const reason = new Error("closed");
    controller.abort(reason);
    expect(await rejection(() => collected)).toBe(reason);
  });

  test("that has aborted keeps authenticators from being asked", async () => {
    const reason = new Error("closed");
    let asked = 0;
    const signal = AbortSignal.abort(reason);
    const counting = () => {
      asked++;
      return {};
    };
    expect(await rejection(() => collectCredentials([counting], contextOf({ signal })))).toBe(reason);
    expect(asked).toBe(0);
  });

  test("is not listened to any more afterwards", async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener);
    signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener);
    await collectCredentials([() => ({})], contextOf({ signal }));
    await rejection(() => collectCredentials([() => Promise.reject(new Error("x"))], contextOf({ signal })));
    await setImmediate();
    expect(listeners.size).toBe(0);
  });
});

import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import { inspect } from "node:util";
import { expect } from "vitest";
import type { AuthContext, Authenticator, Credentials } from "../../../src/core/auth/authenticator.ts";
import { AuthenticationError, NatsError } from "../../../src/core/errors.ts";
import { latin1 } from "../support/bytes.ts";

/** The form of a user's JWT; nothing here verifies it. */
export const JWT =
  "eyJ0eXAiOiJKV1QiLCJhbGciOiJlZDI1NTE5LW5rZXkifQ.eyJuYW1lIjoiam9lIiwianRpIjoiVUEifQ.c2ln_bmF0-dXJl";

export interface TestKey {
  readonly seed: string;
  readonly publicKey: string;
  readonly pair: KeyPair;
}

export function userKey(): TestKey {
  return describeKey(createUser());
}

export function accountSeed(): string {
  return describeKey(createAccount()).seed;
}

export function operatorSeed(): string {
  return describeKey(createOperator()).seed;
}

function describeKey(pair: KeyPair): TestKey {
  return { seed: latin1(pair.getSeed()), publicKey: pair.getPublicKey(), pair };
}

/** A seed with its last letter changed, so that the checksum is wrong. */
export function damaged(seed: string): string {
  return seed.slice(0, -4) + (seed.at(-4) === "A" ? "B" : "A") + seed.slice(-3);
}

/** A credentials file as nsc writes it. */
export function credsFile(jwt: string, seed: string, eol = "\n"): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    jwt,
    "------END NATS USER JWT------",
    "",
    "************************* IMPORTANT *************************",
    "NKEY Seed printed below can be used to sign and prove identity.",
    "NKEYs are sensitive and should be treated as secrets.",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seed,
    "------END USER NKEY SEED------",
    "",
    "*************************************************************",
    "",
  ].join(eol);
}

export function contextOf(fields: Partial<AuthContext> = {}): AuthContext {
  return {
    server: "nats://a:4222",
    attempt: 1,
    lastError: undefined,
    signal: new AbortController().signal,
    ...fields,
  };
}

export async function ask(authenticator: Authenticator): Promise<Credentials> {
  return await authenticator(contextOf());
}

/** What `promise` rejects with, or the call that should give it throws. */
export async function rejection(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

/** Expects an error with this code and this in its message; returns it. */
export async function expectError(
  body: () => unknown,
  code: NatsError["code"],
  message: string | RegExp,
): Promise<NatsError> {
  const error = await rejection(body);
  expect(error).toBeInstanceOf(code === "INVALID_OPTION" ? NatsError : AuthenticationError);
  expect(error).toMatchObject({ code });
  expect((error as NatsError).message).toMatch(message);
  return error as NatsError;
}

/** Every text that a value shows of itself. */
export function shownOf(value: unknown): string {
  const texts = [inspect(value, { depth: 10, showHidden: true, getters: true }), JSON.stringify(value) ?? ""];
  if (typeof value === "function") texts.push(Object.entries(value).join(" "), String(value));
  if (value instanceof Error) texts.push(String(value), value.stack ?? "", shownOf(value.cause));
  return texts.join("\n");
}

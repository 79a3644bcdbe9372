import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { invalidOption } from "../../../src/core/checks.ts";
import { isNatsError } from "../../../src/index.ts";
import { Accounts } from "../../../src/server/auth/accounts.ts";
import type { Identity } from "../../../src/server/auth/authorizer.ts";
import { OperatorAuthorizer } from "../../../src/server/auth/operator-authorizer.ts";
import { readTrust } from "../../../src/server/auth/trust.ts";
import { memoryConnection } from "../../../src/server/memory-link.ts";
import { UNSAID } from "../../../src/server/protocol/connect-request.ts";

const [OPERATOR, ACCOUNT, SCOPE, USER] = ["O", "A", "A2", "U"] as const;

/** Signed by nobody: signatures are another matter, and take their time. */
function jwt(type: string, sub: string, iss: string, nats: object): string {
  const parts = [
    { typ: "JWT", alg: "ed25519-nkey" },
    { sub, iss, iat: 1, nats: { ...nats, type, version: 2 } },
  ];
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")), "x"].join(".");
}

/** What a server with this account makes of a user whose JWT its key, or its key with a scope, has signed. */
function identify(
  issuer: typeof ACCOUNT | typeof SCOPE,
  user: object,
  account: object = {},
): Identity | undefined {
  const verify = (): boolean => true;
  const accounts = [jwt("account", ACCOUNT, OPERATOR, account)];
  const trust = readTrust(
    { operator: jwt("operator", OPERATOR, OPERATOR, {}), accounts },
    verify,
    invalidOption,
  );
  const authorizer = new OperatorAuthorizer(trust, new Accounts(() => 0), verify);
  const { link } = memoryConnection("test", 1);
  const request = { ...UNSAID, jwt: jwt("user", USER, issuer, { issuer_account: ACCOUNT, ...user }) };
  return authorizer.authorize({ request, nonce: "", link });
}

/** What may stand in a JWT in place of anything. */
const VALUE = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>([null], [7], ["a"], [""], ["{{tag(a)}}"], { allow: ["a"] }, { deny: [null] }, [
    {},
  ]),
  fc.constantFrom<unknown>([{ start: "00:00:00" }], [{ start: null, end: 1 }], "a,b", -1, 0, true, "x"),
);

function claimsOf(...names: string[]): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(names.map((name) => [name, VALUE])), { requiredKeys: [] });
}

const TERMS = claimsOf(
  "pub",
  "sub",
  "resp",
  "subs",
  "data",
  "payload",
  "src",
  "times",
  "times_location",
  "proxy_required",
  "allowed_connection_types",
);

describe("whatever stands in a JWT", () => {
  test("of a user, it is let in or not", () => {
    fc.assert(
      fc.property(TERMS, claimsOf("tags", "issuer_account"), (terms, more) => {
        const identity = identify(ACCOUNT, { ...terms, ...more });
        identity?.permissions?.canPublish("a");
      }),
      { numRuns: 2000 },
    );
  });

  test("of an account, it is refused at the start, or its users are let in or not", () => {
    const claims = claimsOf("limits", "revocations", "default_permissions", "tags");
    fc.assert(
      fc.property(TERMS, claims, (template, more) => {
        const scope = { kind: "user_scope", key: SCOPE, template };
        try {
          identify(SCOPE, {}, { signing_keys: [scope], ...more });
        } catch (error) {
          expect(isNatsError(error, "INVALID_OPTION")).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("a user in memory comes by no network, and by a way of its own", () => {
  expect(identify(ACCOUNT, {})).toBeDefined();
  expect(identify(ACCOUNT, { src: ["0.0.0.0/0", "::/0"] })).toBeUndefined();
  expect(identify(ACCOUNT, { allowed_connection_types: ["STANDARD"] })).toBeUndefined();
  expect(identify(ACCOUNT, { allowed_connection_types: ["IN_PROCESS"] })).toBeDefined();
});

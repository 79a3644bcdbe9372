import { expect, test } from "vitest";
import { describeCredentials } from "../../../src/core/auth/shown-credentials.ts";

const NOW = Date.parse("2026-01-02T03:04:05Z");

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJl`;
}

test.each([
  [{}, "it was shown no credentials"],
  [{ user: "jö", password: "s3cret" }, 'it was shown the user "jö" with a password'],
  [{ user: "joe" }, 'it was shown the user "joe" without a password'],
  [{ token: "s3cret" }, "it was shown a token"],
  [{ nkey: "UABC", token: "s3cret" }, "it was shown the nkey UABC and a token"],
  [{ jwt: jwt({ sub: "UABC", name: "billing ü" }) }, 'it was shown a JWT of UABC ("billing ü")'],
  [
    { jwt: jwt({ sub: "UABC", exp: NOW / 1000 - 60 }) },
    "it was shown a JWT of UABC, which expired at 2026-01-02T03:03:05.000Z",
  ],
  [
    { jwt: jwt({ sub: "UABC", exp: NOW / 1000 + 60 }) },
    "it was shown a JWT of UABC, which expires at 2026-01-02T03:05:05.000Z",
  ],
  [{ jwt: jwt({ sub: 1, name: 2, exp: 1e99 }) }, "it was shown a JWT"],
  [{ jwt: "s3cret" }, "it was shown a JWT"],
  [{ jwt: "s3cret.bnVsbA.x" }, "it was shown a JWT"],
])("what is told of credentials %# has no secret [R85]", (credentials, wanted) => {
  const told = describeCredentials(credentials, NOW);
  expect(told).toBe(wanted);
  expect(told).not.toContain("s3cret");
});

import type { Credentials } from "./authenticator.ts";
import { claimsOf } from "./jwt-claims.ts";

/** What a server was shown, for an error that it was refused: kinds and public keys, and nothing that is a secret. */
export function describeCredentials(credentials: Credentials, now: number = Date.now()): string {
  const { user, password, token, jwt, nkey } = credentials;
  const parts: string[] = [];
  if (jwt !== undefined) parts.push(describeJwt(jwt, now));
  if (nkey !== undefined) parts.push(`the nkey ${nkey}`);
  if (user !== undefined)
    parts.push(`the user ${JSON.stringify(user)} with${password === undefined ? "out" : ""} a password`);
  if (token !== undefined) parts.push("a token");
  return parts.length === 0 ? "it was shown no credentials" : `it was shown ${parts.join(" and ")}`;
}

function describeJwt(jwt: string, now: number): string {
  const { sub, name, exp } = claimsOf(jwt);
  const whose = typeof sub === "string" ? ` of ${sub}` : "";
  const named = typeof name === "string" && name !== "" ? ` (${JSON.stringify(name)})` : "";
  return `a JWT${whose}${named}${expiry(exp, now)}`;
}

function expiry(exp: unknown, now: number): string {
  if (typeof exp !== "number" || exp <= 0 || exp > MAX_SECONDS) return "";
  const at = new Date(exp * 1000);
  return at.getTime() <= now
    ? `, which expired at ${at.toISOString()}`
    : `, which expires at ${at.toISOString()}`;
}

/** No `Date` is later. */
const MAX_SECONDS = 8.64e12;

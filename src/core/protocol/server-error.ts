import type { AuthenticationErrorCode } from "../error-codes.ts";
import {
  ArgumentError,
  AuthenticationError,
  ConnectionError,
  type ErrorFacts,
  type NatsError,
  PermissionError,
} from "../errors.ts";

/**
 * What an `-ERR` means for the connection that receives it.
 * - `disconnect`: the link is of no use any more; leave it and reconnect.
 * - `authentication`: the server refuses the credentials, and closes the link itself.
 * - `report`: the link stays up; the application is told. If the server closes it, the connection follows.
 */
type ServerErrorEffect = "disconnect" | "authentication" | "report";

export interface ServerError {
  readonly effect: ServerErrorEffect;
  readonly error: NatsError;
}

/** Texts of a server that has no room, for anybody or for this account. */
const FULL: readonly string[] = [
  "maximum connections exceeded",
  "maximum account active connections exceeded",
];

/** The server ends the link. */
const LONG_LINE = "maximum control line exceeded";

/** A slow link or a rush of clients, and no verdict: the server has not looked at the credentials. */
const TOO_LATE = "authentication timeout";

// Compared with the lower-cased start of the text, in this order (AUTH-10, ERR-02).
const AUTHENTICATION: readonly (readonly [prefix: string, code: AuthenticationErrorCode])[] = [
  ["authorization violation", "AUTHORIZATION_VIOLATION"],
  ["user authentication expired", "AUTHENTICATION_EXPIRED"],
  ["user authentication revoked", "AUTHENTICATION_REVOKED"],
  ["account authentication expired", "ACCOUNT_AUTHENTICATION_EXPIRED"],
  [TOO_LATE, "AUTHENTICATION_TIMEOUT"],
];

// Permissions Violation for Publish to "<subject>" · for Publish with Reply of "<subject>"
// · for Subscription to "<subject>"[ using queue "<queue>"]
const PERMISSION =
  /^permissions violation for (publish|subscription) (?:to|with reply of) "((?:[^"\\]|\\.)*)"(?: using queue "((?:[^"\\]|\\.)*)")?/i;

// -ERR '<text>'
/** The meaning of an `-ERR` line's text; every comparison with such a text is made here. */
export function parseServerError(line: string, server?: string): ServerError {
  const text = line.trim().replace(/^'+|'+$/g, "");
  const lower = text.toLowerCase();
  const facts: ErrorFacts = { server };
  if (lower === "stale connection") return disconnect("STALE_CONNECTION", text, facts);
  if (FULL.includes(lower)) return disconnect("MAX_CONNECTIONS_EXCEEDED", text, facts);
  for (const [prefix, code] of AUTHENTICATION) {
    if (lower.startsWith(prefix)) {
      const effect = prefix === TOO_LATE ? "report" : "authentication";
      return { effect, error: new AuthenticationError(code, describe(text), facts) };
    }
  }
  if (lower === LONG_LINE) {
    const error = new ArgumentError("CONTROL_LINE_TOO_LONG", `${describe(text)}, see maxControlLine`, facts);
    return { effect: "report", error };
  }
  const permission = PERMISSION.exec(text);
  if (permission !== null) return { effect: "report", error: permissionError(permission, text, facts) };
  return { effect: "report", error: new ConnectionError("SERVER_ERROR", describe(text), facts) };
}

function disconnect(
  code: "STALE_CONNECTION" | "MAX_CONNECTIONS_EXCEEDED",
  text: string,
  facts: ErrorFacts,
): ServerError {
  return { effect: "disconnect", error: new ConnectionError(code, describe(text), facts) };
}

function permissionError(match: RegExpExecArray, text: string, facts: ErrorFacts): PermissionError {
  const code = match[1]!.toLowerCase() === "publish" ? "PUBLISH_DENIED" : "SUBSCRIBE_DENIED";
  const [, , subject, queue] = match;
  return new PermissionError(code, describe(text), {
    ...facts,
    subject: unquoted(subject!),
    queue: queue === undefined ? undefined : unquoted(queue),
  });
}

// \<sign> or \u<4 digits> or \U<8 digits>
const QUOTED = /\\(?:u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4})|(.))/g;

/** A name as it was before the server quoted it as Go does: quotes, backslashes and what can't be printed have one before them. */
function unquoted(name: string): string {
  return name.replace(QUOTED, (_all, short?: string, long?: string, sign?: string) =>
    sign === undefined ? String.fromCodePoint(Number.parseInt((short ?? long)!, 16)) : sign,
  );
}

function describe(text: string): string {
  return `the server says: ${text}`;
}

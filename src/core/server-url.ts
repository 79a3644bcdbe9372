import { ArgumentError } from "./errors.ts";
import { isWebSocket, WEB_SOCKET_PORTS } from "./server-address.ts";
import type { ServerAddress } from "./transport.ts";

/** User info of a server's URL; it takes the place of what the options say (AUTH-01). */
interface UrlUser {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
}

/** What a server's URL says. */
export interface ParsedUrl extends UrlUser {
  readonly address: ServerAddress;
}

/** The scheme of a URL, if it has one. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
}

/** A URL of the options (URL-01 to 09). `schemes` can be dialled; all if there are none. */
export function parseServerUrl(text: string, schemes: readonly string[], defaultScheme: string): ParsedUrl {
  const whole = text.includes("://") ? text : `${defaultScheme}://${text}`;
  const url = parseUrl(whole);
  const scheme = url?.protocol.slice(0, -1) ?? "";
  if (url === undefined || url.hostname === "") throw invalidUrl(text, whyNone(text));
  if (schemes.length > 0 && !schemes.includes(scheme))
    throw invalidUrl(text, wrongScheme(text, scheme, schemes));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (WEB_SOCKET_PORTS[scheme] ?? 4222) : Number(url.port);
  if (port === 0) throw invalidUrl(text, "the port is 0");
  const reason = whyWrongBehindHost(url, isWebSocket({ scheme }), text);
  if (reason !== undefined) throw invalidUrl(text, reason);
  const address = { scheme, host, port, ...(isWebSocket({ scheme }) ? pathOf(url) : {}) };
  return { address, ...userInfo(url, whole) };
}

/** An IPv6 address, perhaps with a port. */
const BARE_IPV6 = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[0-9a-f]*:[0-9a-f]*:[0-9a-f:.]*$/i;

/** What is meant to be a scheme, and is read as a host. */
const HALF_A_SCHEME = /^(?:nats|tls|tcp|wss?)(?::\/|\/\/)[^/]/i;

const ESCAPES = "in user info, / ? # and @ are written as %2F %3F %23 %40";

function whyNone(text: string): string {
  if (BARE_IPV6.test(text)) return "an IPv6 address is written in brackets, as in [::1]:4222";
  const hint = /[^/][/?#\\][^/].*@/.test(text) ? `; ${ESCAPES}` : "";
  return `it does not parse as a URL with a host, and a port up to 65535 if there is one${hint}`;
}

function wrongScheme(text: string, scheme: string, schemes: readonly string[]): string {
  const can = `${schemes.join(", ")} can`;
  if (scheme === "http" || scheme === "https") {
    const instead = scheme === "http" ? "ws" : "wss";
    return `the scheme "${scheme}" can't be dialled here; ${can} (${instead}:// for a WebSocket)`;
  }
  // What stands in front of an @ may be a secret with two slashes in it.
  return text.includes("@")
    ? `its scheme can't be dialled here; ${can}`
    : `the scheme "${scheme}" can't be dialled here; ${can}`;
}

/** An @ there tells of user info that has ended too early, at a slash or a question mark in a password. */
function whyWrongBehindHost(
  { pathname, search, hash }: URL,
  isOfWebSocket: boolean,
  text: string,
): string | undefined {
  const behind = pathname + search + hash;
  if (HALF_A_SCHEME.test(text)) return 'between scheme and host there is "://"';
  if (behind.includes("@")) return `there is an @ behind the host; ${ESCAPES}`;
  if (isOfWebSocket) return hash === "" ? undefined : "it has a fragment, which no server is sent";
  return behind === "" || behind === "/" ? undefined : "only URLs of WebSockets have a path or a query";
}

function pathOf({ pathname, search }: URL): Pick<ServerAddress, "path" | "query"> {
  return {
    ...(pathname === "/" ? {} : { path: pathname }),
    ...(search === "" ? {} : { query: search }),
  };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

// AUTH-02: a name without a password is a token.
function userInfo(url: URL, text: string): UrlUser {
  const hasPassword = url.password !== "" || /:\/\/[^/@]*:@/.test(text);
  const name = decoded(url.username, text);
  if (name === "") return { user: undefined, password: undefined, token: undefined };
  if (!hasPassword) return { user: undefined, password: undefined, token: name };
  return { user: name, password: decoded(url.password, text), token: undefined };
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalidUrl(text, "its user info has a broken percent escape");
  }
}

export function invalidUrl(text: string, reason: string): ArgumentError {
  const shown = masked(text);
  const message = `invalid server URL ${JSON.stringify(shown)}: ${reason}`;
  return new ArgumentError("INVALID_SERVER_URL", message, { argument: "servers", server: shown });
}

/** `host`, `host:port`, `[IPv6]`, `[IPv6]:port` */
const HOST = /^(?:[\w.-]*|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i;

/**
 * What may be shown of a URL that is none. What stands before an @ may be a password, and so may what follows the host, and
 * what follows a colon and is no port: when in doubt it is not shown.
 */
function masked(text: string): string {
  const [, scheme = "", rest = ""] = /^([a-z][a-z+.-]*:\/\/)?(.*)/is.exec(text) ?? [];
  const at = rest.lastIndexOf("@");
  if (at >= 0) {
    const host = rest.slice(at + 1).replace(/[/?#\\].*/s, "/***");
    return `${scheme}***@${HOST.test(host.replace("/***", "")) ? host : "***"}`;
  }
  const host = rest.replace(/[/?#\\].*/s, "");
  const end = rest.length > host.length + 1 ? "/***" : "";
  const colon = host.indexOf(":");
  if (colon < 1 || /^\d{0,5}$/.test(host.slice(colon + 1))) return scheme + host + end;
  return `${scheme}${host.slice(0, colon)}:***`;
}

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
  if (url === undefined || url.hostname === "")
    throw invalidUrl(text, "it does not parse as a URL with a host");
  if (schemes.length > 0 && !schemes.includes(scheme)) {
    throw invalidUrl(text, `the scheme "${scheme}" can't be dialled here; ${schemes.join(", ")} can`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (WEB_SOCKET_PORTS[scheme] ?? 4222) : Number(url.port);
  if (port === 0) throw invalidUrl(text, "the port is 0");
  const address = { scheme, host, port, ...(isWebSocket({ scheme }) ? pathOf(url) : {}) };
  return { address, ...userInfo(url, whole) };
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

/** What stands before the host may be a password, and so may a query, and what follows a colon and is no port. */
function masked(text: string): string {
  const [, scheme = "", rest = ""] = /^([a-z][a-z+.-]*:\/\/)?([^?]*)/is.exec(text) ?? [];
  if (rest.includes("@")) return `${scheme}***${rest.slice(rest.lastIndexOf("@"))}`;
  const colon = rest.indexOf(":");
  if (colon < 1 || /^\d{1,5}$/.test(rest.slice(colon + 1))) return text;
  return `${scheme}${rest.slice(0, colon)}:***`;
}

import { ArgumentError, type NatsErrorCode } from "../errors.ts";
import type { ServerAddress } from "../transport.ts";

/** One server that can be connected to, and what is remembered of it. */
export interface Server {
  readonly address: ServerAddress;
  /** From the URL; takes the place of the options' (AUTH-01). */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** Learned from an INFO and not from the options. */
  isDiscovered: boolean;
  /** Attempts that failed since it was last connected. */
  attempts: number;
  /** Failures in a row, links that broke after a short life included: the exponent of the pause. */
  failures: number;
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
  /** Until then it is about to shut down; milliseconds of the monotonic clock. */
  leavesUntil: number;
  /** How it refused the credentials last, since it was last connected (AUTH-16, AUTH-18). */
  refusal: NatsErrorCode | undefined;
}

/** What is remembered of a server that has not been tried. */
const UNTRIED = { attempts: 0, failures: 0, notBefore: 0, leavesUntil: 0, refusal: undefined };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

/** `scheme://host:port`, and the path of a WebSocket; without user info. */
export function serverUrl({ scheme, host, port, path = "" }: ServerAddress): string {
  return `${scheme}://${hostPort({ host, port })}${path}`;
}

/** Whether its server is reached over WebSocket. */
export function isWebSocket({ scheme }: Pick<ServerAddress, "scheme">): boolean {
  return scheme in DEFAULT_PORTS;
}

/** Whether it is one server, to be shown the same user info. */
export function isSameServer(a: Server, b: Server): boolean {
  return (
    serverUrl(a.address) === serverUrl(b.address) &&
    a.address.query === b.address.query &&
    a.user === b.user &&
    a.password === b.password &&
    a.token === b.token
  );
}

/** As in the list of an INFO. */
export function hostPort({ host, port }: Pick<ServerAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The scheme of a URL, if it has one. */
export function schemeOf(text: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
}

/** A URL of the options (URL-01 to 09). `schemes` can be dialled; all if there are none. */
export function parseServer(text: string, schemes: readonly string[], defaultScheme: string): Server {
  const whole = text.includes("://") ? text : `${defaultScheme}://${text}`;
  const url = parseUrl(whole);
  const scheme = url?.protocol.slice(0, -1) ?? "";
  if (url === undefined || url.hostname === "")
    throw invalidUrl(text, "it does not parse as a URL with a host");
  if (schemes.length > 0 && !schemes.includes(scheme)) {
    throw invalidUrl(text, `the scheme "${scheme}" can't be dialled here; ${schemes.join(", ")} can`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (DEFAULT_PORTS[scheme] ?? 4222) : Number(url.port);
  if (port === 0) throw invalidUrl(text, "the port is 0");
  const address = { scheme, host, port, ...(isWebSocket({ scheme }) ? pathOf(url) : {}) };
  return { address, ...userInfo(url, whole), isDiscovered: false, ...UNTRIED };
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
function userInfo(url: URL, text: string): Pick<Server, "user" | "password" | "token"> {
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

// <host>:<port> or [<IPv6>]:<port>
const HOST_PORT = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s]+)):(\d{1,5})$/i;

/**
 * A server of a cluster's list; what is no address is passed over (POOL-14). It inherits scheme, path and credentials
 * of the one in use (POOL-11, POOL-12).
 */
export function discoveredServer(listed: string, current: Server | undefined): Server | undefined {
  const match = HOST_PORT.exec(listed);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65_535) return undefined;
  const host = (match[1] ?? match[2])!;
  return {
    address: {
      ...current?.address,
      scheme: current?.address.scheme ?? "nats",
      host,
      port,
      tlsName: nameBehind(host, current),
    },
    user: current?.user,
    password: current?.password,
    token: current?.token,
    isDiscovered: true,
    ...UNTRIED,
  };
}

const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|.*:.*)$/;

/** POOL-13: the certificate of an address is checked against the name that the cluster was reached by. */
function nameBehind(host: string, current: Server | undefined): string | undefined {
  if (current === undefined || !IP.test(host)) return undefined;
  const { host: name, tlsName } = current.address;
  return tlsName ?? (IP.test(name) ? undefined : name);
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

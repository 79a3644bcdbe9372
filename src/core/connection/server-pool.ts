import { ArgumentError } from "../errors.ts";
import type { ServerAddress } from "../transport.ts";

/** One server that can be connected to, and what is remembered of it. */
export interface Server {
  readonly address: ServerAddress;
  /** From the URL; takes the place of the options' (AUTH-01). */
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  /** Learned from an INFO and not from the options. */
  readonly isDiscovered: boolean;
  /** Attempts that failed since it was last connected. */
  attempts: number;
  /** Failures in a row, links that broke after a short life included: the exponent of the pause. */
  failures: number;
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
}

/** How a server's failures turn into pauses. */
export interface Backoff {
  readonly maxAttempts: number;
  readonly delay: number;
  readonly maxDelay: number;
  readonly jitter: number;
}

const UNTRIED = { attempts: 0, failures: 0, notBefore: 0 };

const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

/** The servers of a connection, in the order in which they are to be tried. */
export class ServerPool {
  #servers: Server[];
  #current: Server | undefined;
  /** Every `host:port` ever pooled: only what is not in here counts as discovered (POOL-06). */
  readonly #seen = new Set<string>();
  readonly #shuffles: boolean;

  /** Throws `INVALID_SERVER_URL`; `schemes` are those that can be dialled. */
  constructor(urls: readonly string[], schemes: readonly string[], shuffles: boolean) {
    this.#servers = urls.map((url) => parseServer(url, schemes));
    this.#shuffles = shuffles;
    if (shuffles) shuffle(this.#servers, 0);
    for (const server of this.#servers) this.#seen.add(hostPort(server.address));
  }

  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** URLs of all servers, without user info (POOL-10). */
  get urls(): string[] {
    return this.#servers.map((server) => serverUrl(server.address));
  }

  /**
   * The server to try next: the first whose pause is over, else the one whose pause ends first; undefined when none
   * is left.
   */
  next(now: number): Server | undefined {
    let soonest: Server | undefined;
    for (const server of this.#servers) {
      if (server.notBefore <= now) return server;
      if (soonest === undefined || server.notBefore < soonest.notBefore) soonest = server;
    }
    return soonest;
  }

  onConnected(server: Server): void {
    server.attempts = 0;
    server.notBefore = 0;
    this.#current = server;
  }

  /** The link to the current server is lost: it is tried last. After a short life that counts as a failure. */
  onLost(livedFor: number, now: number, backoff: Backoff): void {
    const server = this.#current;
    if (server === undefined) return;
    this.#current = undefined;
    server.failures = livedFor < backoff.maxDelay ? server.failures + 1 : 0;
    // The first loss is not held against a server: the first attempt to restore a link is made at once.
    if (server.failures > 1) pause(server, now, backoff);
    this.#moveLast(server);
  }

  /** An attempt failed: the server pauses, longer each time, and leaves the pool when its attempts are used up. */
  onFailed(server: Server, now: number, backoff: Backoff): void {
    server.attempts++;
    server.failures++;
    pause(server, now, backoff);
    if (server.attempts >= backoff.maxAttempts)
      this.#servers = this.#servers.filter((other) => other !== server);
    else this.#moveLast(server);
  }

  #moveLast(server: Server): void {
    this.#servers = [...this.#servers.filter((other) => other !== server), server];
  }

  /**
   * Takes over the cluster's list of an INFO: new addresses are added, discovered ones that it no longer names go,
   * but not the one in use (POOL-20 to 26). Returns the URLs of those never seen before.
   */
  discover(listed: readonly string[]): string[] {
    if (listed.length === 0) return [];
    const current = this.#current;
    this.#servers = this.#servers.filter(
      (server) => !server.isDiscovered || server === current || listed.includes(hostPort(server.address)),
    );
    const known = new Set(this.#servers.map((server) => hostPort(server.address)));
    const fresh: string[] = [];
    for (const address of listed) {
      if (known.has(address)) continue;
      const server = discovered(address, current);
      if (server === undefined) continue;
      this.#servers.push(server);
      known.add(address);
      if (!this.#seen.has(address)) fresh.push(serverUrl(server.address));
      this.#seen.add(address);
    }
    if (fresh.length > 0 && this.#shuffles) shuffle(this.#servers, 1);
    return fresh;
  }
}

/** `scheme://host:port`, without user info. */
export function serverUrl({ scheme, host, port }: ServerAddress): string {
  return `${scheme}://${hostPort({ host, port })}`;
}

function hostPort({ host, port }: Pick<ServerAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function pause(server: Server, now: number, { delay, maxDelay, jitter }: Backoff): void {
  const full = Math.min(maxDelay, delay * 2 ** Math.min(30, server.failures - 1));
  server.notBefore = now + full * (1 - jitter * Math.random());
}

/** A URL of the options (URL-01 to 09). */
function parseServer(text: string, schemes: readonly string[]): Server {
  const whole = text.includes("://") ? text : `nats://${text}`;
  const url = parseUrl(whole);
  const scheme = url?.protocol.slice(0, -1) ?? "";
  if (url === undefined || url.hostname === "")
    throw invalidUrl(text, "it does not parse as a URL with a host");
  if (!schemes.includes(scheme)) {
    throw invalidUrl(text, `the scheme "${scheme}" can't be dialled here; ${schemes.join(", ")} can`);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (DEFAULT_PORTS[scheme] ?? 4222) : Number(url.port);
  if (port === 0) throw invalidUrl(text, "the port is 0");
  return { address: { scheme, host, port }, ...userInfo(url, whole), isDiscovered: false, ...UNTRIED };
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

/** A server of a cluster's list; what is no address is passed over (POOL-14). It inherits the credentials in use. */
function discovered(listed: string, current: Server | undefined): Server | undefined {
  const match = HOST_PORT.exec(listed);
  const port = Number(match?.[3]);
  if (match === null || port === 0 || port > 65_535) return undefined;
  return {
    address: { scheme: current?.address.scheme ?? "nats", host: (match[1] ?? match[2])!, port },
    user: current?.user,
    password: current?.password,
    token: current?.token,
    isDiscovered: true,
    ...UNTRIED,
  };
}

function invalidUrl(text: string, reason: string): ArgumentError {
  // What stands before the host may be a password.
  const shown = text.replace(/^((?:[a-z+]*:\/\/)?).*@/i, "$1***@");
  const message = `invalid server URL ${JSON.stringify(shown)}: ${reason}`;
  return new ArgumentError("INVALID_SERVER_URL", message, { argument: "servers", server: shown });
}

/** A uniform shuffle of all but the first `fixed`. */
function shuffle(items: unknown[], fixed: number): void {
  for (let i = items.length - 1; i > fixed; i--) {
    const j = fixed + Math.floor(Math.random() * (i + 1 - fixed));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
}

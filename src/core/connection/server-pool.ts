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
  readonly isDiscovered: boolean;
  /** Attempts that failed since it was last connected. */
  attempts: number;
  /** Failures in a row, links that broke after a short life included: the exponent of the pause. */
  failures: number;
  /** Not to be tried before; milliseconds of the monotonic clock. */
  notBefore: number;
  /** How it refused the credentials last, since it was last connected (AUTH-16, AUTH-18). */
  refusal: NatsErrorCode | undefined;
}

/** How a server's failures turn into pauses. */
export interface Backoff {
  readonly maxAttempts: number;
  readonly delay: number;
  readonly maxDelay: number;
  /** The part of a pause that is left to chance. */
  readonly jitter: number;
}

const UNTRIED = { attempts: 0, failures: 0, notBefore: 0, refusal: undefined };

/** Schemes that ask for TLS: one such URL asks for it with all servers (POOL-03). */
const SECURE_SCHEMES = ["tls", "wss"];

/** Milliseconds for which a server that announced its end is left alone while there are others. */
const LAME_DUCK_PAUSE = 30_000;

const DEFAULT_PORTS: Readonly<Record<string, number>> = { ws: 80, wss: 443 };

/** The servers of a connection, in the order in which they are to be tried. */
export class ServerPool {
  #servers: Server[] = [];
  #current: Server | undefined;
  /** Every `host:port` ever pooled: only what is not in here counts as discovered (POOL-06). */
  readonly #seen = new Set<string>();
  readonly #schemes: readonly string[];
  readonly #shuffles: boolean;

  /** Throws `INVALID_SERVER_URL`; `schemes` are those that can be dialled. */
  constructor(urls: readonly string[], schemes: readonly string[], shuffles: boolean) {
    this.#schemes = schemes;
    this.#shuffles = shuffles;
    this.replace(this.parse(urls));
  }

  /** Throws `INVALID_SERVER_URL`. */
  parse(urls: readonly string[]): Server[] {
    return urls.map((url) => parseServer(url, this.#schemes));
  }

  /** Takes these servers in place of all; what is remembered of those that stay is kept. */
  replace(servers: readonly Server[]): void {
    const known = new Map(this.#servers.map((server) => [serverUrl(server.address), server]));
    for (const server of servers) {
      const { attempts, failures, notBefore, refusal } = known.get(serverUrl(server.address)) ?? UNTRIED;
      Object.assign(server, { attempts, failures, notBefore, refusal });
      this.#seen.add(hostPort(server.address));
    }
    const current = this.#current === undefined ? undefined : serverUrl(this.#current.address);
    this.#current = servers.find((server) => serverUrl(server.address) === current) ?? this.#current;
    this.#servers = [...servers];
    if (this.#shuffles) shuffle(this.#servers, 0);
  }

  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** Whether one of the URLs asks for TLS. */
  get wantsTls(): boolean {
    return this.#servers.some(({ address }) => SECURE_SCHEMES.includes(address.scheme));
  }

  /** URLs of all servers, without user info (POOL-10). */
  get urls(): string[] {
    return this.#servers.map((server) => serverUrl(server.address));
  }

  /** URLs of those that were learned from a server. */
  get discoveredUrls(): string[] {
    return this.#servers.filter(({ isDiscovered }) => isDiscovered).map(({ address }) => serverUrl(address));
  }

  /**
   * The server to try next: the first whose pause is over, else the one whose pause ends first; undefined when none
   * is left. `avoided` is taken only if it is the only one.
   */
  next(now: number, avoided?: Server): Server | undefined {
    let soonest: Server | undefined;
    for (const server of this.#servers) {
      if (server === avoided && this.#servers.length > 1) continue;
      if (server.notBefore <= now) return server;
      if (soonest === undefined || server.notBefore < soonest.notBefore) soonest = server;
    }
    return soonest;
  }

  /** The server with this URL, as {@link urls} shows it. */
  find(url: string): Server | undefined {
    return this.#servers.find(({ address }) => serverUrl(address) === url);
  }

  /** Whether there is another server than this one. */
  hasOther(server: Server): boolean {
    return this.#servers.some((other) => other !== server);
  }

  /** The server will soon shut down: it is tried last, and not for a while. */
  onLameDuck(server: Server, now: number): void {
    server.notBefore = now + LAME_DUCK_PAUSE;
    this.#moveLast(server);
  }

  onConnected(server: Server): void {
    server.attempts = 0;
    server.notBefore = 0;
    server.refusal = undefined;
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

  /** The server refused the credentials; true if it did so in the same way before, with no connect between (AUTH-17). */
  onRefused(server: Server, code: NatsErrorCode): boolean {
    const isRepeated = server.refusal === code;
    server.refusal = code;
    return isRepeated;
  }

  #moveLast(server: Server): void {
    // One that was taken off the list while it was in use does not come back.
    if (!this.#servers.includes(server)) return;
    this.#servers = [...this.#servers.filter((other) => other !== server), server];
  }

  /**
   * Takes over the cluster's list of an INFO: new addresses are added, discovered ones that it no longer names go,
   * but not the one in use (POOL-20 to 26). `from` is the server that sent it. Returns the URLs of those never seen
   * before.
   */
  discover(listed: readonly string[], from: Server | undefined = this.#current): string[] {
    if (listed.length === 0) return [];
    this.#servers = this.#servers.filter(
      (server) => !server.isDiscovered || server === from || listed.includes(hostPort(server.address)),
    );
    const known = new Set(this.#servers.map((server) => hostPort(server.address)));
    const fresh: string[] = [];
    for (const address of listed) {
      if (known.has(address)) continue;
      const server = discovered(address, from);
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
  if (schemes.length > 0 && !schemes.includes(scheme)) {
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
  const host = (match[1] ?? match[2])!;
  return {
    address: { scheme: current?.address.scheme ?? "nats", host, port, tlsName: nameBehind(host, current) },
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

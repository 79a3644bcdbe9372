import type { NatsErrorCode } from "../errors.ts";
import { shuffle } from "../shuffle.ts";
import { hostPort, isWebSocket, serverUrl } from "../server-address.ts";
import { invalidUrl, parseServerUrl, schemeOf } from "../server-url.ts";
import { discoveredServer, isSameServer, newServer, type Server } from "./server.ts";

/** How a server's failures turn into pauses. */
export interface Backoff {
  readonly maxAttempts: number;
  readonly delay: number;
  readonly maxDelay: number;
  /** The part of a pause that is left to chance. */
  readonly jitter: number;
}

/** What a pool knows of the schemes of its servers. */
export interface Schemes {
  /** Those that can be dialled; all if there are none. */
  readonly dialable: readonly string[];
  /** Of URLs without one, unless the first of the list has another (URL-01), or the pool is one of WebSockets. */
  readonly default: string;
}

/** Schemes that ask for TLS: one such URL asks for it with all servers (POOL-03). */
const SECURE_SCHEMES = ["tls", "wss"];

/** Milliseconds for which a server that announced its end is tried after the others. */
const LAME_DUCK_TIME = 30_000;

/** How many servers that have left are remembered. */
const MAX_LAST_LEFT = 16;

/** What the list of an INFO has changed: URLs. */
export interface Discovery {
  /** Servers that were not known, or that had left. */
  readonly added: readonly string[];
  /** Servers that were learned from a list before, and are listed no more. */
  readonly left: readonly string[];
}

const NOTHING: Discovery = { added: [], left: [] };

/** The servers of a connection, in the order in which they are to be tried. */
export class ServerPool {
  #servers: Server[] = [];
  #current: Server | undefined;
  /** The servers that went when a list left some out last. */
  #lastLeft: readonly Server[] = [];
  readonly #schemes: Schemes;
  readonly #shuffles: boolean;
  /** Whether all of its servers are reached over WebSocket, those to come as well (URL-10). */
  readonly isWebSocket: boolean;

  /** Throws `INVALID_SERVER_URL`. */
  constructor(urls: readonly string[], schemes: Schemes, shuffles: boolean) {
    this.#schemes = schemes;
    this.#shuffles = shuffles;
    const servers = this.#parse(urls, schemes.default);
    this.isWebSocket = servers.length > 0 && isWebSocket(servers[0]!.address);
    this.#refuseOtherThan(this.isWebSocket, servers, urls);
    this.replace(servers);
  }

  /** What could take the place of the servers. Throws `INVALID_SERVER_URL`. */
  parse(urls: readonly string[]): Server[] {
    const webSocketScheme = this.wantsTls ? "wss" : "ws";
    const servers = this.#parse(urls, this.isWebSocket ? webSocketScheme : this.#schemes.default);
    this.#refuseOtherThan(this.isWebSocket, servers, urls);
    return servers;
  }

  #parse(urls: readonly string[], defaultScheme: string): Server[] {
    const scheme = schemeOf(urls[0] ?? "") ?? defaultScheme;
    return urls.map((url) => newServer(parseServerUrl(url, this.#schemes.dialable, scheme)));
  }

  // URL-10. The lists of a cluster, its paths and its TLS differ between the two, so one connection uses one of them.
  #refuseOtherThan(wanted: boolean, servers: readonly Server[], urls: readonly string[]): void {
    const other = servers.findIndex(({ address }) => isWebSocket(address) !== wanted);
    if (other === -1) return;
    throw invalidUrl(urls[other]!, "one connection can't use both WebSocket (ws, wss) and TCP (nats, tls)");
  }

  /** Takes these servers in place of all; what is remembered of those that stay is kept. */
  replace(servers: readonly Server[]): void {
    // The same object where it is the same server: an attempt that is under way counts for it.
    const left = new Set(this.#servers);
    this.#servers = servers.map((server) => {
      const known = [...left].find((other) => isSameServer(other, server));
      if (known === undefined) return server;
      left.delete(known);
      known.isDiscovered = false;
      return known;
    });
    this.#lastLeft = [];
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
   * The server to try next: the first whose pause is over, one that is about to shut down only after the others; else
   * the one whose pause ends first; undefined when none is left.
   */
  next(now: number): Server | undefined {
    const servers = this.#servers;
    const rested = servers.filter(({ notBefore }) => notBefore <= now);
    const soonest = (a: Server, b: Server): Server => (b.notBefore < a.notBefore ? b : a);
    return (
      rested.find(({ leavesUntil }) => leavesUntil <= now) ??
      rested[0] ??
      (servers.length > 0 ? servers.reduce(soonest) : undefined)
    );
  }

  /** The server with this URL, as {@link urls} shows it. */
  find(url: string): Server | undefined {
    return this.#servers.find(({ address }) => serverUrl(address) === url);
  }

  /** Whether there is another server than this one. */
  hasOther(server: Server): boolean {
    return this.#servers.some((other) => other !== server);
  }

  /** The server will soon shut down: for a while it is tried after the others. */
  onLameDuck(server: Server, now: number): void {
    server.leavesUntil = now + LAME_DUCK_TIME;
    this.#moveLast(server);
  }

  onConnected(server: Server): void {
    server.attempts = 0;
    server.notBefore = 0;
    server.leavesUntil = 0;
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
    this.onMoveFailed(server, now, backoff);
    if (server.attempts >= backoff.maxAttempts)
      this.#servers = this.#servers.filter((other) => other !== server);
  }

  /** It could not be had beside the server in use: it pauses, and is tried last. */
  onMoveFailed(server: Server, now: number, backoff: Backoff): void {
    server.failures++;
    pause(server, now, backoff);
    this.#moveLast(server);
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
   * but not the one in use (POOL-20 to 26). `from` is the server that sent it.
   */
  discover(listed: readonly string[], from: Server | undefined = this.#current): Discovery {
    if (listed.length === 0) return NOTHING;
    const left = this.#leave(new Set(listed), from);
    const known = new Set(this.#servers.map((server) => hostPort(server.address)));
    const added: string[] = [];
    for (const address of listed) {
      if (known.has(address)) continue;
      const server = discoveredServer(address, from);
      if (server === undefined) continue;
      this.#servers.push(server);
      known.add(address);
      added.push(serverUrl(server.address));
    }
    if (added.length > 0 && this.#shuffles) shuffle(this.#servers, 1);
    return { added, left };
  }

  /**
   * Takes the servers back that went last; false if there are none. The list that left them out may have been made before its
   * server knew the whole cluster: they are worth a try where no other server can be had.
   */
  recall(): boolean {
    const known = new Set(this.#servers.map(({ address }) => hostPort(address)));
    const back = this.#lastLeft.filter(({ address }) => !known.has(hostPort(address)));
    this.#lastLeft = [];
    this.#servers = [...this.#servers, ...back];
    return back.length > 0;
  }

  /** Discovered servers that are no longer listed go. */
  #leave(listed: ReadonlySet<string>, from: Server | undefined): string[] {
    const stays = (server: Server): boolean =>
      !server.isDiscovered || server === from || listed.has(hostPort(server.address));
    const left = this.#servers.filter((server) => !stays(server));
    if (left.length === 0) return [];
    this.#servers = this.#servers.filter(stays);
    this.#lastLeft = left.slice(0, MAX_LAST_LEFT);
    return left.map(({ address }) => serverUrl(address));
  }
}

function pause(server: Server, now: number, { delay, maxDelay, jitter }: Backoff): void {
  const full = Math.min(maxDelay, delay * 2 ** Math.min(30, server.failures - 1));
  server.notBefore = now + full * (1 - jitter * Math.random());
}

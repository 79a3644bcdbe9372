import { ConnectionError } from "../errors.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { KeepAlive, type KeepAliveOptions } from "../link/keep-alive.ts";
import type { Link } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import type { ServerLink } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";

/** The link that a connection publishes on, if there is one; its server, and its keep-alive. */
export class LinkInUse {
  readonly #options: KeepAliveOptions;
  readonly #pings: PingQueue;
  #link: Link | undefined;
  #server: Server | undefined;
  #keepAlive: KeepAlive | undefined;
  #takenAt = 0;
  #info: ServerInfo | undefined;

  constructor(options: KeepAliveOptions, pings: PingQueue) {
    this.#options = options;
    this.#pings = pings;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  /** The server that the link leads to, or led to last. */
  get server(): Server | undefined {
    return this.#server;
  }

  /** What the server said of itself last; that of the last server while there is none. */
  get info(): ServerInfo | undefined {
    return this.#info;
  }

  /** Milliseconds since the link was taken. */
  get age(): number {
    return performance.now() - this.#takenAt;
  }

  take({ link, info, server }: ServerLink): void {
    this.#link = link;
    this.#server = server;
    this.#info = info;
    this.#takenAt = performance.now();
    this.#keepAlive = new KeepAlive(this.#options, {
      heard: () => link.heard,
      isStalled: () => link.takeStalled(),
      isUnconfirmed: () => this.#pings.isBehind,
      ping: () => this.#pings.keepAlive(),
      onStale: () =>
        link.fail(new ConnectionError("STALE_CONNECTION", `${link.url} went silent`, { server: link.url })),
    });
  }

  /** From now on there is no link in use; what becomes of it is its owner's affair. */
  leave(): void {
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    this.#link = undefined;
  }

  onInfo(info: ServerInfo): void {
    this.#info = info;
  }

  /** Finds out now whether the peer is still there; within `limit` milliseconds, or the link is given up. */
  probe(limit: number): void {
    this.#keepAlive?.probe(limit);
  }
}

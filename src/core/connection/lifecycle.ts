import { type BarrierEnd, endOfAll } from "../barrier.ts";
import { AbortError, type NatsError } from "../errors.ts";
import { serverList } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Platform, Transport } from "../transport.ts";
import type { WaitLimits } from "../waiter.ts";
import type { Undelivered } from "./drain.ts";
import { type LifecycleHost, LifeParts } from "./life-parts.ts";
import type { InnerState } from "./state.ts";

/** The life of a connection: connects, tells where it is, waits for the server, drains, closes. */
export class Lifecycle {
  readonly #parts: LifeParts;

  /** Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  constructor(platform: Platform, host: LifecycleHost) {
    this.#parts = new LifeParts(platform, host);
  }

  get state(): InnerState {
    return this.#parts.state.current;
  }

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  checkOpen(subject?: string): void {
    this.#parts.state.checkOpen(subject);
  }

  get info(): ServerInfo | undefined {
    return this.#parts.inUse.info;
  }

  /** The URL of the server that is connected, without user info. */
  get server(): string | undefined {
    return this.#parts.inUse.link?.url;
  }

  /** What carries the bytes, while there is a link. */
  get transport(): Transport | undefined {
    return this.#parts.inUse.link?.transport;
  }

  get servers(): readonly string[] {
    return this.#parts.pool.urls;
  }

  get discoveredServers(): readonly string[] {
    return this.#parts.pool.discoveredUrls;
  }

  /** Takes these servers in place of all. Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
  setServers(urls: string | readonly string[]): void {
    const { pool, credentials } = this.#parts;
    const servers = pool.parse(serverList("servers", urls));
    credentials.check(servers);
    pool.replace(servers);
  }

  /**
   * The first connect. Rejects when it fails, with nothing left open; with `firstConnect: "background"` only if trying
   * again is of no use.
   */
  async connect(): Promise<void> {
    const { changes, closing, connection, connector } = this.#parts;
    const { signal } = connection.options;
    const onAbort = (): void => connector.stop(signal?.reason);
    const forget = (): void => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await this.#checkPlatform();
      const outcome = await connector.connect();
      if (outcome instanceof Error) {
        // CONN-12: to the application this is an outage like any other.
        void changes.restore(outcome).then(forget);
      } else {
        forget();
        changes.onReady(outcome);
      }
    } catch (thrown) {
      forget();
      closing.giveUp();
      throw thrown;
    }
  }

  /** Rejects with `INVALID_OPTION`. Most connections have nothing that their runtime could be unable to do. */
  async #checkPlatform(): Promise<void> {
    const { connection, platform, pool } = this.#parts;
    const { code, options } = connection;
    const { tls, websocket, localAddress } = options;
    if (tls === undefined && websocket === undefined && localAddress === undefined) return;
    const { checkPlatform } = await code.load();
    checkPlatform(options, platform, pool);
  }

  /** Makes a new link in place of the one there is, or tries at once if there is none. */
  reconnect(options: WaitLimits): Promise<void> {
    return this.#parts.renewal.renew(options);
  }

  flush(options: WaitLimits): Promise<void> {
    const flushed = this.#parts.pings.flush(options);
    this.#parts.connection.outbox.flush();
    return flushed;
  }

  /** How it ends that all comes that is on its way to subscriptions that have ended by now; without a link nothing is. */
  async barrier(options: WaitLimits = {}): Promise<BarrierEnd> {
    const { inUse, moves, pings } = this.#parts;
    if (inUse.link === undefined) return "reached";
    // Sent at the end of the turn, in which thousands may ask.
    const ends = [pings.barrier(options), ...(moves.loaded?.barriers(options) ?? [])];
    return endOfAll(await Promise.all(ends));
  }

  /** A response has come: the server has processed all up to this position. */
  confirm(position: number): void {
    this.#parts.pings.confirm(position);
  }

  /** connected or reconnecting → draining: a lost link is not restored any more. */
  beginDrain(): void {
    const { connector, state } = this.#parts;
    connector.stop(new AbortError("the connection is draining"));
    state.move("draining");
  }

  /** draining → flushing: publishing is over. */
  endPublishing(): void {
    const { connection, state } = this.#parts;
    if (state.current !== "draining") return;
    state.move("flushing");
    connection.outbox.publishLimits.endWith("draining");
  }

  /** Closes; resolves with what was published in vain since a drain began. */
  async finishDrain(): Promise<Undelivered> {
    await this.close();
    return this.#parts.undelivered.total;
  }

  /** Closes for good, once; resolves when the transport is gone. `reason` is absent if the application asked for it. */
  close(reason?: NatsError): Promise<void> {
    return this.#parts.closing.close(reason);
  }

  /** Resolves once the connection is closed, with the reason unless it was asked to. */
  get closed(): Promise<NatsError | undefined> {
    return this.#parts.closing.closed;
  }
}

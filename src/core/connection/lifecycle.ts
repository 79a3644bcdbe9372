import { AbortError, ConnectionError, type NatsError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import { PONG } from "../protocol/encoder.ts";
import { parseServerError } from "../protocol/server-error.ts";
import { parseServerInfo, type ServerInfo } from "../protocol/server-info.ts";
import type { Dialers } from "../transport.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";
import { Connector } from "./connector.ts";
import type { EventHub } from "./events.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Link, type LinkListener } from "./link.ts";
import type { Leftover, Outbox } from "./outbox.ts";
import { PingQueue } from "./ping-queue.ts";
import { ServerPool, serverUrl } from "./server-pool.ts";
import { type InnerState, StateMachine } from "./state.ts";
import type { Counters } from "./statistics.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

/** How long a close waits for what was published to leave, in milliseconds. */
const CLOSE_LIMIT = 1000;

/** What else belongs to a connection and is told of its life. */
export interface LifecycleParts {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly counters: Counters;
  readonly events: EventHub;
  /** The link is gone: `error` is what requests that were sent on it end with. */
  onDisconnected(error: ConnectionError): void;
  /** What waited for a link is on its way. */
  onReconnected(): void;
  /** The connection is closed: `error` is what everything that waits ends with. */
  onClosed(error: ConnectionError): void;
}

/**
 * The life of a connection, and the only owner of its state: connects, keeps the link alive, restores it, closes.
 * What is asked of a link that is gone never reaches the next: a link that was left tells nothing any more.
 */
export class Lifecycle implements LinkListener {
  readonly #options: ResolvedOptions;
  readonly #parts: LifecycleParts;
  readonly #state = new StateMachine();
  readonly #pool: ServerPool;
  readonly #connector: Connector;
  readonly #pings: PingQueue;
  /** Ends connecting and reconnecting when the connection is closed. */
  readonly #abort = new AbortController();
  #link: Link | undefined;
  #establishedAt = 0;
  #keepAlive: KeepAlive | undefined;
  #info: ServerInfo | undefined;
  #lastError: NatsError | undefined;
  #droppedBefore = 0;
  #closing: Promise<void> | undefined;
  readonly #closed: Waiter<NatsError | undefined>;

  constructor(options: ResolvedOptions, dialers: Dialers, parts: LifecycleParts) {
    this.#options = options;
    this.#parts = parts;
    this.#pool = new ServerPool(options.servers, Object.keys(dialers), options.randomize);
    this.#connector = new Connector(
      this.#pool,
      dialers,
      options,
      (transport, server) => new Link(transport, server, parts.table, parts.counters, this),
    );
    this.#pings = new PingQueue((command) => parts.outbox.command(command));
    this.#closed = new Waiter({}, { what: "the connection to close" });
  }

  get state(): InnerState {
    return this.#state.current;
  }

  get info(): ServerInfo | undefined {
    return this.#info;
  }

  /** The URL of the server that is connected, without user info. */
  get server(): string | undefined {
    return this.#link?.url;
  }

  get servers(): readonly string[] {
    return this.#pool.urls;
  }

  get lastError(): NatsError | undefined {
    return this.#lastError;
  }

  /** Resolves once the connection is closed, with the reason unless it was asked to. */
  get closed(): Promise<NatsError | undefined> {
    return this.#closed.promise;
  }

  /** The first connect. Rejects when it fails, with nothing left open. */
  async connect(): Promise<void> {
    const { signal, reconnect } = this.#options;
    const onAbort = (): void => this.#abort.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener("abort", onAbort);
    try {
      await this.#firstLink(reconnect?.firstConnect === true);
    } catch (thrown) {
      this.#state.move("closed");
      throw thrown;
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async #firstLink(persists: boolean): Promise<void> {
    try {
      await this.#connector.first(this.#abort.signal);
    } catch (thrown) {
      if (!persists || !(thrown instanceof ConnectionError)) throw thrown;
      await this.#connector.again(
        thrown,
        this.#options.reconnect!,
        this.#abort.signal,
        (_server, _attempt, _delay, error) => {
          // A wrong password does not become right by trying it again (R10).
          if (!(error instanceof ConnectionError)) throw error;
        },
      );
    }
  }

  onEstablished(link: Link, info: ServerInfo): void {
    const isFirst = this.#state.current === "connecting";
    this.#link = link;
    this.#establishedAt = performance.now();
    this.#pool.onConnected(link.server);
    this.#info = info;
    this.#pool.discover(info.connectUrls);
    this.#keepAlive = new KeepAlive(this.#options, {
      hasHeard: () => link.takeHeard(),
      isStalled: () => link.takeStalled(),
      ping: () => this.#pings.keepAlive(),
      onStale: () =>
        link.fail(new ConnectionError("STALE_CONNECTION", `${link.url} went silent`, { server: link.url })),
    });
    // CONC-02: subscriptions, then what waited, then new traffic, without a turn in between.
    const replayed = this.#parts.outbox.attach(link.transport, this.#parts.table.restore());
    this.#state.move("connected");
    if (!isFirst) this.#onReconnected(link, replayed);
  }

  #onReconnected(link: Link, replayed: Leftover): void {
    const { counters, events } = this.#parts;
    counters.reconnects++;
    this.#lastError = undefined;
    this.#parts.onReconnected();
    const dropped = counters.outDropped - this.#droppedBefore;
    events.emit({ type: "reconnected", server: link.url, replayed: replayed.messages, dropped });
  }

  onInfo(json: string): void {
    let info: ServerInfo;
    try {
      info = parseServerInfo(json, this.#info);
    } catch {
      // INFO-05: one that can't be read changes nothing.
      return;
    }
    this.#info = info;
    const discovered = this.#pool.discover(info.connectUrls);
    if (discovered.length > 0) this.#parts.events.emit({ type: "discovered", servers: discovered });
    if (info.lameDuck) this.#parts.events.emit({ type: "lameDuck", server: this.#link!.url });
  }

  onPing(): void {
    this.#parts.outbox.command(PONG);
  }

  onPong(): void {
    this.#pings.onPong();
  }

  onDrain(): void {
    this.#parts.outbox.onDrain();
  }

  onServerError(text: string): void {
    const { effect, error } = parseServerError(text, this.#link?.url);
    if (effect === "disconnect") this.#link?.fail(error);
    else this.report(error);
  }

  /** Records a failure that belongs to no call. */
  record(error: NatsError): void {
    this.#lastError = error;
  }

  /** Records a failure that belongs to no call, and tells it. */
  report(error: NatsError): void {
    this.record(error);
    this.#parts.events.emit({ type: "error", error });
  }

  onLost(error: NatsError): void {
    const server = this.#link?.url;
    const state = this.#state.current;
    this.#leaveLink();
    if (server === undefined) {
      // It broke while a close was waiting for the last bytes to leave.
      this.#parts.outbox.detach();
      return;
    }
    this.#lastError = error;
    this.#droppedBefore = this.#parts.counters.outDropped;
    this.#parts.outbox.detach();
    const lost = new ConnectionError("DISCONNECTED", `the link to ${server} was lost: ${error.message}`, {
      server,
      cause: error,
      sent: true,
    });
    this.#pings.fail(lost);
    this.#parts.events.emit({ type: "disconnected", server, error });
    this.#parts.onDisconnected(lost);
    // A drain goes on with what is here; it ends by closing.
    if (state !== "connected") return;
    const { reconnect } = this.#options;
    if (reconnect === undefined) {
      void this.close(error);
      return;
    }
    this.#state.move("reconnecting");
    this.#pool.onLost(performance.now() - this.#establishedAt, performance.now(), reconnect);
    void this.#restore(error);
  }

  async #restore(cause: NatsError): Promise<void> {
    try {
      await this.#connector.again(
        cause,
        this.#options.reconnect!,
        this.#abort.signal,
        (server, attempt, delay, error) => {
          this.#lastError = error;
          const url = serverUrl(server.address);
          this.#parts.events.emit({ type: "reconnecting", attempt, server: url, delay, error });
        },
      );
    } catch (thrown) {
      if (!this.#abort.signal.aborted) await this.close(thrown as NatsError);
    }
  }

  #leaveLink(): void {
    this.#keepAlive?.stop();
    this.#keepAlive = undefined;
    this.#link = undefined;
  }

  flush(options: WaitOptions): Promise<void> {
    const flushed = this.#pings.flush(options);
    this.#parts.outbox.flush();
    return flushed;
  }

  /** connected or reconnecting → draining: a lost link is not restored any more. */
  beginDrain(): void {
    this.#abort.abort(new AbortError("the connection is draining"));
    this.#state.move("draining");
  }

  /** draining → flushing: publishing is over. */
  endPublishing(): void {
    if (this.#state.current === "draining") this.#state.move("flushing");
  }

  /** Closes for good, once; resolves when the transport is gone. `reason` is absent if the application asked for it. */
  close(reason?: NatsError): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  async #close(reason: NatsError | undefined): Promise<void> {
    if (this.#state.current === "closed") return;
    const { outbox, table, events } = this.#parts;
    this.#state.move("closed");
    this.#abort.abort(new AbortError("the connection was closed"));
    if (reason !== undefined) this.#lastError = reason;
    const link = this.#link;
    this.#leaveLink();
    const error = closedError(reason);
    this.#pings.fail(error);
    this.#parts.onClosed(error);
    table.close(error);
    const deadline = performance.now() + CLOSE_LIMIT;
    if (link !== undefined) await outbox.emptied(CLOSE_LIMIT);
    const { messages, bytes } = outbox.close(error);
    const unsent = link === undefined ? 0 : await link.close(Math.max(0, deadline - performance.now()));
    events.emit({ type: "closed", error: reason, lost: { messages, bytes: bytes + unsent } });
    this.#closed.resolve(reason);
  }
}

function closedError(reason: NatsError | undefined): ConnectionError {
  const why = reason === undefined ? "" : `: ${reason.message}`;
  return new ConnectionError("CONNECTION_CLOSED", `the connection is closed${why}`, { cause: reason });
}

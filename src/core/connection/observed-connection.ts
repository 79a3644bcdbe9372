import { checkWait, type PublishOptions } from "../call-options.ts";
import { aFunction, invalidOption } from "../checks.ts";
import type { AsyncSequence } from "../delivery/async-sequence.ts";
import type { NatsError } from "../errors.ts";
import { INSPECT, type Inspect, inspected } from "../inspect.ts";
import type { Payload } from "../message.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Statistics } from "../statistics.ts";
import type { Platform } from "../transport.ts";
import type { WaitOptions } from "../waiter.ts";
import { ConnectionParts } from "./connection-parts.ts";
import {
  checkEventType,
  type ConnectionEvent,
  type ConnectionEventType,
  type EventListener,
  type EventOf,
} from "./events.ts";
import { nextEvent } from "./next-event.ts";
import type { ConnectionState } from "./state.ts";

/** What an application can see of a connection: its state, servers, counters and events. */
export abstract class ObservedConnection {
  // Private, for JSON and other printers look at fields: the options hold secrets.
  readonly #parts: ConnectionParts;

  /** @internal */
  constructor(options: ResolvedOptions, platform: Platform) {
    this.#parts = new ConnectionParts(options, platform, this);
  }

  /** @internal */
  get parts(): ConnectionParts {
    return this.#parts;
  }

  /** @internal */
  abstract publish(subject: string, data?: Payload, options?: PublishOptions): void;

  get state(): ConnectionState {
    const state = this.#parts.lifecycle.state;
    return state === "flushing" ? "draining" : state;
  }

  /** What the connected server said of itself last; that of the last one while disconnected. */
  get info(): ServerInfo | undefined {
    return this.#parts.lifecycle.info;
  }

  /** The URL of the connected server, without credentials; undefined while there is none. */
  get server(): string | undefined {
    return this.#parts.lifecycle.server;
  }

  /** The URLs of all known servers, without credentials, in the order in which they are tried. */
  get servers(): readonly string[] {
    return this.#parts.lifecycle.servers;
  }

  /** URLs of the servers that were learned from a server and not from the options. */
  get discoveredServers(): readonly string[] {
    return this.#parts.lifecycle.discoveredServers;
  }

  /** `address:port` of the connected server; undefined while there is none. */
  get remoteAddress(): string | undefined {
    return this.#parts.lifecycle.transport?.remoteAddress;
  }

  /** `address:port` of this side of the link; undefined while there is none, and where the runtime doesn't tell. */
  get localAddress(): string | undefined {
    return this.#parts.lifecycle.transport?.localAddress;
  }

  /** Whether the link uses TLS or stays within the process, so that nobody else can read it. False without a link. */
  get isSecure(): boolean {
    return this.#parts.lifecycle.transport?.isSecure === true;
  }

  /** The number of subscriptions that are not closed. The inbox of requests does not count. */
  get subscriptionCount(): number {
    return this.#parts.subscriptions.size;
  }

  /** The last failure that belonged to no call, or the reason why the link was lost. A successful reconnect clears it. */
  get lastError(): NatsError | undefined {
    return this.#parts.errors.last;
  }

  /** How many published bytes have not left the process. */
  get pendingBytes(): number {
    return this.#parts.outbox.pendingBytes;
  }

  /** A snapshot of the counters. */
  stats(): Statistics {
    this.#parts.outbox.removeWithdrawn();
    return { ...this.#parts.counters };
  }

  /**
   * Calls `listener` for each event of a type; returns a function that removes it. A listener hears events in order and one at
   * a time: if it returns a promise, its next event waits for that, but other listeners don't. At most 1,024 events wait for a
   * listener; a `missed` event counts those that it has missed. `closed` is the last event.
   *
   * If a listener throws, there is an `error` event with the code `LISTENER_FAILED`. Throws `INVALID_OPTION` for an unknown
   * type.
   */
  on<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    this.#checkListener(type, listener);
    return this.#parts.events.on(type, listener);
  }

  /**
   * Resolves with the next event of a type. Without a `timeout` (milliseconds) or a `signal` there is no limit. Rejects with
   * `TIMEOUT`, `ABORTED`, `INVALID_OPTION`, or `CONNECTION_CLOSED` when no such event can come any more.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * const moved = nc.once("moved", { timeout: 5000 });
   * await nc.reconnect();
   * console.log((await moved).server);
   * await nc.close();
   * ```
   */
  async once<T extends ConnectionEventType>(type: T, options: WaitOptions = {}): Promise<EventOf<T>> {
    checkEventType(type, this.#parts.formerNames?.events);
    if (typeof options === "function")
      throw invalidOption("options", "once() takes no listener: it gives a promise");
    const limits = this.#parts.signals.limits(checkWait(options));
    return await nextEvent(this.#parts.events, type, limits);
  }

  /** Removes a listener from a type. Throws `INVALID_OPTION` for an unknown type. */
  off<T extends ConnectionEventType>(type: T, listener: EventListener<T>): void {
    this.#checkListener(type, listener);
    this.#parts.events.off(type, listener);
  }

  /**
   * All events from now on, for a loop that ends after `closed`. Up to 1,024 events wait for a slow reader; beyond that the
   * oldest are dropped, and a `missed` event counts them. If you don't loop over it, end it with `return()` or `await using`.
   */
  events(): AsyncSequence<ConnectionEvent> {
    return this.#parts.events.read();
  }

  #checkListener(type: ConnectionEventType, listener: unknown): void {
    checkEventType(type, this.#parts.formerNames?.events);
    aFunction("listener", listener);
  }

  /** What `console.log` shows of it. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { name } = this.#parts.options;
    const facts = {
      name: name === "" ? undefined : name,
      state: this.state,
      server: this.server,
      lastError: this.lastError?.message,
      subscriptions: this.subscriptionCount,
      pendingBytes: this.pendingBytes,
      stats: this.stats(),
    };
    return inspected("Connection", facts, depth, options, inspect);
  }
}

import type { Authenticator } from "./auth/authenticator.ts";
import type { PendingLimits } from "./delivery/pending.ts";
import type { NatsError } from "./errors.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { Dial } from "./transport.ts";
import type { WebSocketOptions } from "./websocket-options.ts";

/** What publishing does while there is no link to a server. */
export type WhileDisconnected = "buffer" | "throw" | "drop";

/** The attempt that is about to begin, for the callbacks of {@link ReconnectOptions}. */
export interface ReconnectAttempt {
  /** The number of the attempt; starts at 1 for every outage. */
  readonly attempt: number;
  /** The number of the round over all servers, from 1. */
  readonly pass: number;
  /** Why the attempt before failed, or why the link was lost. */
  readonly error: NatsError;
}

/** How to restore a lost link. */
export interface ReconnectOptions {
  /** How many attempts in a row may fail for a server before it is given up. @default Infinity */
  readonly maxAttempts?: number;
  /** Milliseconds before the second attempt (the first is made at once). It doubles for each further one. @default 100 */
  readonly delay?: number;
  /** The longest pause between attempts, in milliseconds. @default 5000 */
  readonly maxDelay?: number;
  /** The random part of a pause, from 0 to 1, so that not all clients come back at once. @default 0.5 */
  readonly jitter?: number;
  /** The same with TLS, whose handshakes cost the server more. @default 1 */
  readonly jitterTls?: number;
  /**
   * Replaces delay and jitter: returns the milliseconds to wait before this attempt, also before the first; 0 or less for no
   * pause. `delay` is the pause that there would be without this function.
   */
  readonly delayHandler?: (attempt: ReconnectAttempt & { server: string; delay: number }) => number;
  /**
   * Returns which of `servers` to try next, or undefined to leave the choice to the connection. Only called to restore a lost
   * link: the first connect, and a move to another server, try all servers in their order.
   */
  readonly chooseServer?: (attempt: ReconnectAttempt & { servers: readonly string[] }) => string | undefined;
  /**
   * Whether to try the first connect again and again. With `true` it goes on until it succeeds or is aborted. With
   * `"background"` you get the connection at once if no server answers, and what is published waits for the link. It ends when
   * a server refuses fixed credentials. @default false
   */
  readonly firstConnect?: boolean | "background";
}

/** Options of `connect`, which reads them once, when it is called. */
export interface ConnectOptions {
  /**
   * Server URLs, as a list or a string with commas: `host`, `host:port` or `nats://[user:password@]host[:port]`. If one of them
   * begins with `tls://`, TLS is used with all. For WebSocket: `ws://` or `wss://`, optionally with a path and a query. A list
   * can't mix both kinds. In browsers there is only WebSocket, and no default.
   * @default "nats://127.0.0.1:4222"
   */
  readonly servers?: string | readonly string[];
  /** The name of this client in the server's logs and reports. */
  readonly name?: string;
  /**
   * Goes with {@link password}. User, password and token may each be a function, which is called for each attempt to connect.
   * User info in a server's URL takes precedence.
   */
  readonly user?: string | (() => string | PromiseLike<string>);
  /** Goes with {@link user}. */
  readonly password?: string | (() => string | PromiseLike<string>);
  /** Instead of user and password. */
  readonly token?: string | (() => string | PromiseLike<string>);
  /** Returns the credentials for each attempt. The answers of several authenticators are combined. */
  readonly authenticator?: Authenticator | readonly Authenticator[];
  /**
   * `true` or options to insist on TLS, `false` to refuse it. By default TLS is used if the server requires or offers it.
   */
  readonly tls?: boolean | TlsOptions;
  /** For servers with `ws://` and `wss://` URLs. */
  readonly websocket?: WebSocketOptions;
  /** Whether servers are tried in random order. @default true */
  readonly randomize?: boolean;
  /** Whether the other servers of the cluster, which the server names, join the list. @default true */
  readonly discoverServers?: boolean;
  /**
   * What to do when the server announces that it will shut down: `"move"` to another server first, without an outage, or
   * `"stay"` until it closes the link. @default "move"
   */
  readonly lameDuck?: "move" | "stay";
  /** The local address to dial from. */
  readonly localAddress?: string;
  /** A function that opens transports instead of this library: for proxies, tunnels and tests. */
  readonly dial?: Dial;
  /**
   * Milliseconds for each phase of connecting: credentials, DNS, TCP, TLS, WebSocket upgrade, INFO, authentication.
   * @default 2000
   */
  readonly timeout?: number;
  /** Ends the first connect when it aborts; later it has no effect. */
  readonly signal?: AbortSignal;
  /** How to restore a lost link; with `false` a lost link closes the connection. @default true */
  readonly reconnect?: boolean | ReconnectOptions;
  /** What publishing does while there is no link. @default "buffer" */
  readonly whileDisconnected?: WhileDisconnected;
  /** The most bytes that may wait for a link with `whileDisconnected: "buffer"`. @default 8388608 (8 MiB) */
  readonly reconnectBufferSize?: number;
  /** Bytes above which `ready()` waits. @default 1048576 (1 MiB) */
  readonly highWaterMark?: number;
  /** The most bytes that may wait for a server that reads slowly; beyond that publishing throws. @default 268435456 (256 MiB) */
  readonly maxPendingBytes?: number;
  /**
   * The most bytes that the protocol line of a message or subscription may have, from 256 to 1048576: subject, reply subject,
   * queue group and numbers. A longer line is not sent but fails with `CONTROL_LINE_TOO_LONG`, because the server would end the
   * link. Raise it together with the server's `max_control_line`.
   * @default 4096
   */
  readonly maxControlLine?: number;
  /** Limits for subscriptions that don't set their own. */
  readonly pending?: Partial<PendingLimits>;
  /**
   * Milliseconds without a byte from the server before a PING is sent; 0 for never. A server that does send something gets a PING
   * as often, to confirm what was published since: see `unconfirmed` of the `disconnected` event.
   * @default 30000
   */
  readonly pingInterval?: number;
  /** How many PINGs may go unanswered before the link is given up. @default 2 */
  readonly maxPingsOut?: number;
  /** Milliseconds that a request waits for its response by default. @default 5000 */
  readonly requestTimeout?: number;
  /** Milliseconds for draining at the end of an `await using` block. @default 5000 */
  readonly disposeTimeout?: number;
  /** What the subjects of inboxes begin with. @default "_INBOX" */
  readonly inboxPrefix?: string;
  /** Whether this connection's own messages come back to its subscriptions. @default true */
  readonly echo?: boolean;
  /**
   * Whether failures that belong to no call and have no listener become warnings of the process, or in browsers errors of the
   * page (see `reportError`): the first of each kind at once (once a minute if the failure may pass), each outage that may have
   * lost messages, and at the end the number of the others.
   * @default true
   */
  readonly warnings?: boolean;
  /** Asks the server to acknowledge every operation. @default false */
  readonly verbose?: boolean;
  /** Asks the server for stricter checks. @default false */
  readonly pedantic?: boolean;
}

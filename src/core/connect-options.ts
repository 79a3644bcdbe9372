import type { Authenticator } from "./auth/authenticator.ts";
import type { PendingLimits } from "./delivery/pending.ts";
import type { NatsError } from "./errors.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { Dial } from "./transport.ts";
import type { WebSocketOptions } from "./websocket-options.ts";

/** What publishing does while there is no link to a server. */
export type WhileDisconnected = "buffer" | "throw" | "drop";

/** What the callbacks of {@link ReconnectOptions} are told of the attempt that is about to begin. */
export interface ReconnectAttempt {
  /** Counts from 1, anew for every outage. */
  readonly attempt: number;
  /** How many times all servers have been gone through, from 1 on. */
  readonly pass: number;
  /** Why the attempt before failed, or the link was lost. */
  readonly error: NatsError;
}

/** How a lost link is restored. */
export interface ReconnectOptions {
  /** How often each server is tried, since it was last connected, before it is given up. @default Infinity */
  readonly maxAttempts?: number;
  /** Milliseconds before the second attempt (the first is made at once); doubled for each further one. @default 100 */
  readonly delay?: number;
  /** The longest pause between attempts, in milliseconds. @default 5000 */
  readonly maxDelay?: number;
  /** The part of a pause that is left to chance, from 0 to 1, so that clients don't return all at once. @default 0.5 */
  readonly jitter?: number;
  /** As {@link jitter}, where TLS is used: its handshakes cost the server more. @default 1 */
  readonly jitterTls?: number;
  /**
   * Takes the place of delay and jitter: returns the milliseconds to wait before this attempt, the first included;
   * 0 or less for none. `delay` is the pause that would be made without it.
   */
  readonly delayHandler?: (attempt: ReconnectAttempt & { server: string; delay: number }) => number;
  /**
   * Says which of `servers` to try next; undefined leaves the choice to the connection. It is asked while there is no
   * link: not for the first connect, nor for a move to another server, which try all in their order.
   */
  readonly chooseServer?: (attempt: ReconnectAttempt & { servers: readonly string[] }) => string | undefined;
  /**
   * Whether the first connect is tried over and over too: `true` until it succeeds or is aborted; `"background"`
   * gives the connection at once if no server answers, and what is published waits for the link. A server
   * that refuses fixed credentials ends it. @default false
   */
  readonly firstConnect?: boolean | "background";
}

/** Options of `connect`; all are read once, when it is called. */
export interface ConnectOptions {
  /**
   * Server URLs, as a list or a string with commas: `host`, `host:port` or `nats://[user:password@]host[:port]`; with
   * `tls://` for one of them TLS is used with all. Over WebSocket: `ws://` or `wss://`, with a path and a query
   * if need be; one list can't have both kinds. In a browser there is WebSocket only, and no default.
   * @default "nats://127.0.0.1:4222"
   */
  readonly servers?: string | readonly string[];
  /** Tells this client from others in the server's logs and reports. */
  readonly name?: string;
  /**
   * With {@link password}. User, password and token may each be a function, which is asked at each attempt to connect. User
   * info in a server's URL takes their place.
   */
  readonly user?: string | (() => string | PromiseLike<string>);
  /** With {@link user}. */
  readonly password?: string | (() => string | PromiseLike<string>);
  /** In place of user and password. */
  readonly token?: string | (() => string | PromiseLike<string>);
  /** Gives the credentials at each attempt; what several give is put together. */
  readonly authenticator?: Authenticator | readonly Authenticator[];
  /**
   * TLS: `true` or its options to insist on it, `false` to refuse it. Otherwise it is used where the server requires or
   * offers it.
   */
  readonly tls?: boolean | TlsOptions;
  /** Of servers with `ws://` and `wss://` URLs. */
  readonly websocket?: WebSocketOptions;
  /** Whether servers are tried in random order. @default true */
  readonly randomize?: boolean;
  /** Whether the cluster's other servers, which INFO names, join the list. @default true */
  readonly discoverServers?: boolean;
  /**
   * When the server announces that it will shut down: `"move"` to another one before it does, without an outage, or
   * `"stay"` until it closes the link. @default "move"
   */
  readonly lameDuck?: "move" | "stay";
  /** The local address to dial from. */
  readonly localAddress?: string;
  /** Opens the transports in place of this library: for proxies, tunnels and tests. */
  readonly dial?: Dial;
  /**
   * Milliseconds for each phase of connecting: credentials, look-up, TCP, TLS, WebSocket upgrade, INFO, authentication.
   * @default 2000
   */
  readonly timeout?: number;
  /** Gives up the first connect when it aborts; after that it has no effect. */
  readonly signal?: AbortSignal;
  /** `false`: a lost link closes the connection. @default true */
  readonly reconnect?: boolean | ReconnectOptions;
  /** What publishing does while there is no link. @default "buffer" */
  readonly whileDisconnected?: WhileDisconnected;
  /** Bytes that may wait for a link with `whileDisconnected: "buffer"`. @default 8388608 (8 MiB) */
  readonly reconnectBufferSize?: number;
  /** Bytes above which `ready()` waits. @default 1048576 (1 MiB) */
  readonly highWaterMark?: number;
  /** Bytes that may wait for a server that reads slowly; a publish beyond throws. @default 268435456 (256 MiB) */
  readonly maxPendingBytes?: number;
  /**
   * Bytes that the line of a message or subscription may have, from 256 to 1048576: subject, reply subject, queue group and
   * numbers. A longer one is `CONTROL_LINE_TOO_LONG` before it is sent, for a server would end the link. Raise it together with the
   * server's `max_control_line`.
   * @default 4096
   */
  readonly maxControlLine?: number;
  /** Limits of each subscription that doesn't set its own. */
  readonly pending?: Partial<PendingLimits>;
  /**
   * Milliseconds without a byte from the server before it is asked for a sign of life; 0: never. A server that speaks is asked as
   * often to confirm what was published since, see `unconfirmed` of the `disconnected` event.
   * @default 30000
   */
  readonly pingInterval?: number;
  /** How many such questions may go unanswered before the link is given up. @default 2 */
  readonly maxPingsOut?: number;
  /** Milliseconds that a request waits unless it says otherwise. @default 5000 */
  readonly requestTimeout?: number;
  /** Milliseconds that leaving an `await using` block may take to drain. @default 5000 */
  readonly disposeTimeout?: number;
  /** What the subjects of inboxes begin with. @default "_INBOX" */
  readonly inboxPrefix?: string;
  /** Whether this connection's own messages come back to its subscriptions. @default true */
  readonly echo?: boolean;
  /**
   * Whether failures that belong to no call and that nobody listens to become warnings of the process (in a browser:
   * errors of the page, see `reportError`), one of each kind and a count of the others at the end. @default true
   */
  readonly warnings?: boolean;
  /** Asks the server to acknowledge every operation. @default false */
  readonly verbose?: boolean;
  /** Asks the server for stricter checks. @default false */
  readonly pedantic?: boolean;
}

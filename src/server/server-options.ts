import type { PermissionOptions } from "./auth/permissions.ts";
import type { AccountOptions, OperatorOptions, UserOptions } from "./auth/user-options.ts";

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** How the server does TLS. Node, Bun and Deno. */
export interface ServerTlsOptions {
  /** Its certificate, with its chain. */
  readonly cert: Pem;
  readonly key: Pem;
  /** The authorities that client certificates must come from, with {@link verify}. */
  readonly ca?: Pem | readonly Pem[];
  /** Whether clients must show a certificate. @default false */
  readonly verify?: boolean;
  /**
   * Whether a client's certificate says which user it is, with {@link verify}. The user's name must be a mail address, a DNS
   * name or a URI of the certificate, or its whole subject (`CN=joe,O=acme`, in any order). A user with a password must give
   * that too. Not over WebSocket. @default false
   */
  readonly mapUsers?: boolean;
  /** Whether TLS comes before INFO. @default false */
  readonly handshakeFirst?: boolean;
  /** Whether clients without TLS are turned away. @default true */
  readonly required?: boolean;
  /** Milliseconds that the handshake may take. @default 2000 */
  readonly timeout?: number;
}

/** A WebSocket listener, beside the one for TCP. Node, Bun and Deno. */
export interface ServerWebSocketOptions {
  /** @default the server's */
  readonly host?: string;
  /** 0 for any that is free. @default 0 */
  readonly port?: number;
  readonly tls?: Omit<ServerTlsOptions, "mapUsers" | "handshakeFirst" | "required" | "timeout">;
  /** Whether the server agrees to compress (permessage-deflate). @default false */
  readonly compression?: boolean;
  /** The user of clients that connect here without credentials. @default the server's */
  readonly noAuthUser?: string;
  /** Names of cookies whose values are used where CONNECT has no such credential. */
  readonly jwtCookie?: string;
  readonly userCookie?: string;
  readonly passwordCookie?: string;
  readonly tokenCookie?: string;
  /** Whether the page's origin must be this host and port. @default false */
  readonly sameOrigin?: boolean;
  /** The only origins that pages may have. */
  readonly allowedOrigins?: readonly string[];
}

/** Options of `startServer`, under the names that nats-server's configuration has for them; times in milliseconds. */
export interface ServerOptions {
  /** @default the server's id */
  readonly name?: string;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** 0 for any that is free; `false` to listen nowhere, and be reached in memory only. @default 0 */
  readonly port?: number | false;
  /** One name and password for all; or {@link token}, {@link users}, {@link accounts}, {@link operator}. */
  readonly user?: string;
  /** In plain text, not hashed, as all passwords and tokens here. */
  readonly password?: string;
  /** One token for all. */
  readonly token?: string;
  readonly users?: readonly UserOptions[];
  /** Accounts with users, by name. */
  readonly accounts?: Readonly<Record<string, AccountOptions>>;
  /** The name of the account that `$SYS` subjects belong to; not with {@link operator}. @default "$SYS" */
  readonly systemAccount?: string;
  /** The user of clients that connect without credentials. */
  readonly noAuthUser?: string;
  /** For users without permissions of their own. */
  readonly defaultPermissions?: PermissionOptions;
  readonly operator?: OperatorOptions;
  /** Milliseconds that a client has to present its credentials. @default 2000; with TLS 1000 more than its timeout */
  readonly authTimeout?: number;
  readonly tls?: ServerTlsOptions;
  readonly websocket?: ServerWebSocketOptions;
  /** The monitoring page over HTTP: `/varz`, `/connz`, `/subsz`. Node, Bun and Deno. */
  readonly monitor?: { readonly host?: string; readonly port?: number };
  /** The most bytes that a message may have, headers included. @default 1048576 (1 MiB) */
  readonly maxPayload?: number;
  /** The most bytes that the arguments of an operation may have. @default 4096 */
  readonly maxControlLine?: number;
  /** @default 65536 */
  readonly maxConnections?: number;
  /** The most subscriptions that a client may have. @default no limit */
  readonly maxSubscriptions?: number;
  /** Bytes that may wait for a client; one that reads too slowly is cut off. @default 67108864 (64 MiB) */
  readonly maxPending?: number;
  /** Milliseconds that a write may take. @default 10000 */
  readonly writeDeadline?: number;
  /** Milliseconds between PINGs to a quiet client. @default 120000 */
  readonly pingInterval?: number;
  /** How many PINGs may go unanswered. @default 2 */
  readonly maxPingsOut?: number;
  /** Whether messages may have headers. @default true */
  readonly headers?: boolean;
  /** Other servers (`host:port`) to tell clients of; {@link NatsServer.setConnectUrls} changes them. @default none */
  readonly connectUrls?: readonly string[];
  /**
   * Times of {@link NatsServer.lameDuck} in milliseconds: `gracePeriod` until the first connection is closed, `duration`
   * until the last one is.
   *
   * @default gracePeriod 10000, duration 120000
   */
  readonly lameDuck?: { readonly gracePeriod?: number; readonly duration?: number };
  /** Makes everything random (queue groups, faults) the same in each run. @default a random one */
  readonly seed?: number;
  /** Called with a line of text for each event that the server reports. Errors that it throws are ignored. */
  readonly log?: (line: string) => void;
}

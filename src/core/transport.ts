import type { FormerNames } from "./checks.ts";
import type { LoadedCode } from "./connection/code-on-demand.ts";
import type { WarningsCode } from "./connection/late-warnings.ts";
import type { WarningsListener } from "./connection/warnings.ts";
import type { ConnectPhase } from "./errors.ts";
import type { Watcher } from "./watcher.ts";
import type { TlsOptions } from "./tls-options.ts";
import type { WebSocketOptions } from "./websocket-options.ts";

/** Where to dial: one server of the pool. */
export interface ServerAddress {
  readonly scheme: string;
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of a WebSocket URL that has one, or was learned from a server that has one: begins with a slash. */
  readonly path?: string | undefined;
  /** What follows the path, from the question mark on. It may hold a secret, and is shown nowhere. */
  readonly query?: string | undefined;
  /** The name that its certificate is checked against, if that is not the host. */
  readonly tlsName?: string | undefined;
}

/** What a transport tells the link that owns it. Nothing is told before `listen`, nor after `destroy`. */
export interface TransportListener {
  /** Bytes arrived. They belong to the listener: the transport never writes to them again. */
  onData(chunk: Uint8Array): void;
  /**
   * Bytes arrived in memory that the transport uses again: copies what it can at once, from the first on, and returns how
   * many bytes that is. The rest is told by {@link onData}. Absent where nothing is copied.
   */
  copyFrom?(lent: Uint8Array): number;
  /** More may be written, after a write that returned false; the memory of what was written is free. */
  onDrain(): void;
  /** The link is gone, told once; without an error if the peer ended it in good order. */
  onClose(error?: Error): void;
}

/** A byte stream to one server. One exists for each kind of link, and applications may bring their own. */
export interface Transport {
  /** `address:port` of the peer, or whatever names it best. */
  readonly remoteAddress: string;
  /** `address:port` of this side. Absent where nobody knows it. */
  readonly localAddress?: string | undefined;
  /** Whether nobody on the way can read what passes. */
  readonly isSecure: boolean;
  /** Bytes that were written and have not left the process. */
  readonly unsentBytes: number;
  /**
   * As `unsentBytes`, but falls while a write is under way and not only when it is done: this tells a peer that reads
   * slowly from one that has stopped. Undefined or absent where the runtime does not say; then `unsentBytes` has to do.
   */
  readonly queuedBytes?: number | undefined;
  /**
   * The link is over, though `onClose` may not have been told yet: nothing more is written then, for it would be lost,
   * and it goes out with the next link instead. Absent: known by `onClose` alone.
   */
  readonly isClosed?: boolean;
  listen(listener: TransportListener): void;
  /**
   * Does the TLS handshake on the open link, and resolves with the transport that takes this one's place; what was
   * read and not listened to is dropped. Rejects with `TLS_FAILED`, and then leaves nothing open. Absent where the
   * link can't.
   */
  startTls?(context: DialContext): Promise<Transport>;
  /**
   * Sends a chunk. True: more may follow, and its memory may be reused at once. False: the transport keeps the memory,
   * and nothing more is to be written, until `onDrain`.
   */
  write(chunk: Uint8Array): boolean;
  /** Sends several chunks in one go, with the answer of {@link write} for all of them. */
  writeAll(chunks: readonly Uint8Array[]): boolean;
  /**
   * Lets what was written leave, for up to `timeout` milliseconds, then ends the link. Resolves when it is gone, with
   * the number of bytes that did not leave. If it rejects or throws, the link is destroyed, and all that was unsent before
   * is told as lost.
   */
  end(timeout: number): Promise<number>;
  /** Ends the link at once. */
  destroy(): void;
}

/** What goes with one attempt to dial. */
export interface DialContext {
  /** Ends the attempt: the transport must then leave nothing open and reject. */
  readonly signal: AbortSignal;
  /** Milliseconds that each phase of the attempt has: what is tried by turns has to fit in. */
  readonly timeout: number;
  /** How TLS is to be done, if at all; with `handshakeFirst` the dialler itself does it. */
  readonly tls: TlsOptions | undefined;
  /** The local address to dial from. */
  readonly localAddress: string | undefined;
  /** Whether the addresses of a name are tried in random order. */
  readonly randomize: boolean;
  /** How a WebSocket is opened. */
  readonly websocket: WebSocketOptions;
  /** Names what is being waited for: each phase has the connect timeout to itself, and a failure is told by it. */
  enterPhase(phase: ConnectPhase): void;
}

/** Opens a transport to a server, or rejects with a NatsError and leaves nothing open. */
export type Dial = (address: ServerAddress, context: DialContext) => Promise<Transport>;

/** How to dial, by URL scheme. The entry points pass it in; nothing is registered. */
export type Dialers = Readonly<Record<string, Dial>>;

/** What core takes from the runtime that it runs on. */
export interface Platform {
  readonly dialers: Dialers;
  /** Where to connect if nothing is said. Absent: the option is needed. */
  readonly defaultServer?: string;
  /** Of URLs without one, unless the first of the list has another. */
  readonly defaultScheme: string;
  /** Throws `INVALID_OPTION` for TLS options that are none or can't work, before anything is dialled. Absent: there are none. */
  readonly checkTls?: (options: TlsOptions) => void;
  /** What is loaded on demand elsewhere; where a program is read from a disk it is there at once. */
  readonly code?: LoadedCode;
  /** Whether it is a browser, which leaves some options to itself: where from it dials, and what a WebSocket's request says. */
  readonly isBrowser?: boolean;
  /** Lets connections be watched from outside. */
  readonly watcher?: Watcher;
  /** Warns of what nobody hears, for a connection of this name. Absent: such failures are not told. */
  readonly warnings?: (name: string, code: WarningsCode) => WarningsListener;
  /** What options of other NATS clients are called here, by call. Absent in browsers, to which every byte is sent. */
  readonly formerNames?: FormerNamesByCall;
  /** Calls `onWake` whenever the way to the server may have changed unnoticed; returns what ends that. */
  readonly watchWake?: (onWake: () => void) => () => void;
}

/** A failure that nobody heard of, for the runtime to print. */
export interface Warning {
  /** The code of the failure. */
  readonly code: string;
  readonly message: string;
  /** What the application threw, if it did. */
  readonly cause?: unknown;
}

/** The calls whose options other NATS clients know by other names, and the types of events. */
export type FormerNamesByCall = Readonly<
  Record<"connect" | "publish" | "subscribe" | "request" | "requestMany" | "events", FormerNames>
>;

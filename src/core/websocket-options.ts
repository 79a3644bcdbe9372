import { aBoolean, aFunction, type Check, type Checks, checkOptions, invalidOption } from "./checks.ts";

/** Headers of the request that opens a WebSocket; several values of one name as a list. */
export type WebSocketHeaders = Readonly<Record<string, string | readonly string[]>>;

/** What is known when a WebSocket is about to be opened. */
export interface WebSocketContext {
  /** Where to, with path and query. */
  readonly url: string;
  /** Aborts when the attempt is given up: the socket is then closed by this library. */
  readonly signal: AbortSignal;
}

/** What this library needs of a WebSocket: the interface of every runtime's own. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  /** From 2 on nothing more is written, and it goes out with the next link. Absent: known when `onclose` is called. */
  readonly readyState?: number;
  onopen: ((event: never) => unknown) | null;
  onmessage: ((event: never) => unknown) | null;
  onerror: ((event: never) => unknown) | null;
  onclose: ((event: never) => unknown) | null;
  send(data: Uint8Array & { readonly buffer: ArrayBuffer }): void;
  close(code?: number, reason?: string): void;
  /** Ends it at once, without waiting for the peer, as the `ws` library can. Absent: `close` is called instead. */
  terminate?(): void;
}

/** How servers with `ws://` and `wss://` URLs are reached. */
export interface WebSocketOptions {
  /** The path of URLs that have none of their own, as a proxy in front of the server may ask for. @default "/" */
  readonly path?: string;
  /**
   * Headers of the request that opens the socket, a `cookie` among them; or what is asked for them at each dial. Node,
   * Bun and Deno: a browser sends its own, and throws `INVALID_OPTION` here.
   */
  readonly headers?: WebSocketHeaders | (() => WebSocketHeaders | PromiseLike<WebSocketHeaders>);
  /**
   * Offers the server to compress (permessage-deflate without context takeover); it may decline. Node, Bun and
   * Deno: a browser decides by itself, and throws `INVALID_OPTION` here. @default false
   */
  readonly compression?: boolean;
  /**
   * Opens the socket in place of the runtime's own `WebSocket`, at each dial, and gives it before it is open: what the
   * server sends at once would be lost else. How it is opened is then its own business: with `headers`, `compression`,
   * `localAddress` or an object as `tls` it is `INVALID_OPTION`, as is what is no WebSocket, or an open one.
   */
  readonly open?: (context: WebSocketContext) => WebSocketLike | PromiseLike<WebSocketLike>;
}

// https://www.rfc-editor.org/rfc/rfc3986#section-3.3, with a query
const aPath: Check<string> = (name, value) => {
  if (typeof value === "string" && /^[^\s#]*$/.test(value))
    return value.startsWith("/") ? value : `/${value}`;
  throw invalidOption(name, "it must be a path without white space and without #");
};

// Their names and values are for the runtime to judge; a value must not be shown.
const someHeaders: Check<NonNullable<WebSocketOptions["headers"]>> = (name, value) => {
  if (typeof value === "function" || (typeof value === "object" && value !== null))
    return value as WebSocketHeaders;
  throw invalidOption(name, `it must be an object or a function, not a ${typeof value}`);
};

const CHECKS: Checks<WebSocketOptions> = {
  path: aPath,
  headers: someHeaders,
  compression: aBoolean,
  open: aFunction as unknown as Check<NonNullable<WebSocketOptions["open"]>>,
};

export const someWebSocketOptions: Check<WebSocketOptions> = (name, value) =>
  checkOptions(value as WebSocketOptions, CHECKS, name);

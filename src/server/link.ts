import type { CloseReason } from "./protocol/violation.ts";

/** How a client reaches the server. */
export type LinkKind = "tcp" | "websocket" | "memory";

/** What a link tells the session that owns it. Nothing is told before `listen`, nor after `destroy`. */
export interface LinkListener {
  /** Bytes arrived; they belong to the listener. */
  onData(chunk: Uint8Array): void;
  /** More may be written, after a write that returned false; the memory of what was written is free. */
  onDrain(): void;
  /** The client sends nothing more, but may still read. Only told by links that can tell this from a close. */
  onEnd(): void;
  /** The link is gone, told once. */
  onClose(): void;
}

/** How a link ends in order. */
export interface Ending {
  /** Why it ends; the link tells the client if it has a word for it. */
  readonly reason: CloseReason;
  /** To be sent after everything that was written; the link keeps the memory. */
  readonly last: readonly Uint8Array[];
  /** Milliseconds in which all of it must have left; then the link is closed anyway. */
  readonly limit: number;
  /** Nothing of the link is open any more; `unsentBytes` were given up. Called once. */
  readonly onEnded: (unsentBytes: number) => void;
}

/** The server's end of a byte stream to one client. Listeners make links; faults wrap them. */
export interface Link {
  readonly kind: LinkKind;
  /** The client's address, as INFO and the monitor show it. */
  readonly host: string;
  readonly port: number;
  /** What TLS was agreed on; undefined without. */
  readonly tls?: TlsSession | undefined;
  /** The cookies of a WebSocket's upgrade request. */
  readonly cookies?: ReadonlyMap<string, string> | undefined;
  /** The client's certificate, if the server has verified it. */
  readonly certificate?: PeerCertificate | undefined;
  /** Bytes that were written and have not left the process. */
  readonly unsentBytes: number;
  listen(listener: LinkListener): void;
  /**
   * Waits until everything that was written has left, and does the server's part of the TLS handshake. Resolves with a link
   * that takes this one's place. Rejects when the handshake fails; then nothing is open any more. Absent where the link
   * can't do TLS.
   */
  startTls?(): Promise<Link>;
  /**
   * Writes chunks together. True: their memory may be reused at once. False: until `onDrain` the link keeps the memory and
   * nothing more may be written.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Stops reading, until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Closes when everything that was written and the last chunks have left. The listener hears nothing more. */
  end(ending: Ending): void;
  /** Closes at once. With `reset` the client sees a broken connection instead of an end, where the link can do that. */
  destroy(reset?: boolean): void;
}

/** What both sides of a TLS connection have agreed on. */
export interface TlsSession {
  /** As `1.3`. */
  readonly version: string;
  readonly cipher: string;
}

/** What is known of a verified client certificate. */
export interface PeerCertificate {
  /** The distinguished name as RFC 4514 writes it. */
  readonly subject: string;
  readonly emails: readonly string[];
  readonly names: readonly string[];
  readonly uris: readonly string[];
}

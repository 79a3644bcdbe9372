import type { CloseReason } from "./protocol/violation.ts";

/** How a client reaches the server. */
export type LinkKind = "tcp" | "websocket" | "memory";

/** What a link tells the session that owns it. Nothing is told before `listen`, nor after `destroy`. */
export interface LinkListener {
  /** Bytes arrived; they belong to the listener. */
  onData(chunk: Uint8Array): void;
  /** More may be written, after a write that returned false; the memory of what was written is free. */
  onDrain(): void;
  /** The client says nothing more, and may go on listening; told where a link can tell that from its close. */
  onEnd(): void;
  /** The link is gone, told once. */
  onClose(): void;
}

/** How a link ends in order. */
export interface Ending {
  /** What the client is told where the link has a word for it. */
  readonly reason: CloseReason;
  /** What is to leave behind all that was written; the link keeps the memory. */
  readonly last: readonly Uint8Array[];
  /** Milliseconds that all of it has to leave; then the link is closed as it is. */
  readonly limit: number;
  /** Nothing of the link is open any more; so many bytes were given up. Told once. */
  readonly onEnded: (unsentBytes: number) => void;
}

/** The server's end of a byte stream to one client. Listeners make them, and faults lie around them. */
export interface Link {
  readonly kind: LinkKind;
  /** The client's address, as INFO and the monitor show it. */
  readonly host: string;
  readonly port: number;
  /** What TLS was agreed on; undefined without. */
  readonly tls?: TlsSession | undefined;
  /** Of a WebSocket's upgrade request. */
  readonly cookies?: ReadonlyMap<string, string> | undefined;
  /** Of the certificate that the client has shown and the server has verified. */
  readonly certificate?: PeerCertificate | undefined;
  /** Bytes that were written and have not left the process. */
  readonly unsentBytes: number;
  listen(listener: LinkListener): void;
  /**
   * Does the server's part of the TLS handshake, when all that was written has left; resolves with the link that takes
   * this one's place, and may be written to. Rejects when the handshake fails, and then nothing is open any more. Absent
   * where the link can't.
   */
  startTls?(): Promise<Link>;
  /**
   * Sends chunks in one go. True: their memory may be reused at once. False: the link keeps the memory, and nothing
   * more is to be written, until `onDrain`.
   */
  write(chunks: readonly Uint8Array[]): boolean;
  /** Stops reading, until {@link resume}. */
  pause(): void;
  resume(): void;
  /** Lets what was written and the last chunks leave, then closes. The listener is told nothing more. */
  end(ending: Ending): void;
  /** Closes at once; with `reset` so that the client sees a broken connection and not an end, where the link can. */
  destroy(reset?: boolean): void;
}

/** What both sides of TLS agreed on. */
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

import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Ending, Link, LinkListener, PeerCertificate, TlsSession } from "../link.ts";
import { peerCertificate, tlsSession, type TlsTerms } from "./tls-terms.ts";

/** Milliseconds that a client has to end its side when all that it was sent has left. */
const LINGER = 1000;

/** The first byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16;

/** A client over TCP, or TLS over it. */
export class SocketLink implements Link {
  readonly kind = "tcp";
  readonly host: string;
  readonly port: number;
  readonly certificate: PeerCertificate | undefined;
  readonly tls: TlsSession | undefined;
  readonly #socket: Socket;
  readonly #terms: TlsTerms | undefined;
  #listener: LinkListener | undefined;
  #isWaiting = false;
  #isClosed = false;
  /** Somebody waits for the last write to have left. */
  #onWrittenOut: (() => void) | undefined;

  constructor(socket: Socket, terms: TlsTerms | undefined) {
    this.#socket = socket;
    this.#terms = terms;
    this.host = socket.remoteAddress ?? "";
    this.port = socket.remotePort ?? 0;
    this.certificate = socket instanceof TLSSocket ? peerCertificate(socket) : undefined;
    this.tls = socket instanceof TLSSocket ? tlsSession(socket) : undefined;
    // A broken connection ends with its close, which is all that matters here.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#isClosed = true;
      this.#onWrittenOut?.();
      this.#listener?.onClose();
    });
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  listen(listener: LinkListener): void {
    const socket = this.#socket;
    this.#listener = listener;
    socket.on("data", (chunk: Uint8Array) => this.#listener?.onData(chunk));
    socket.on("end", () => this.#listener?.onEnd());
    if (this.#isClosed) queueMicrotask(() => this.#listener?.onClose());
  }

  async startTls(): Promise<Link> {
    const terms = this.#terms;
    if (terms === undefined || this.tls !== undefined) return this;
    await this.#untilWrittenOut();
    if (!terms.isRequired && !(await this.#beginsTls(terms.timeout))) return this;
    return new SocketLink(await terms.shakeHands(this.#socket), terms);
  }

  // A large INFO takes its time; on Deno every write does.
  #untilWrittenOut(): Promise<void> {
    if (!this.#isWaiting || this.#isClosed) return Promise.resolve();
    return new Promise((resolve) => (this.#onWrittenOut = resolve));
  }

  /** Looks at the first byte, and leaves it where it is. */
  #beginsTls(timeout: number): Promise<boolean> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const decide = (): void => {
        clearTimeout(timer);
        socket.off("readable", onReadable).off("close", decide);
        const chunk = socket.destroyed ? null : (socket.read() as Uint8Array | null);
        if (chunk !== null) socket.unshift(chunk);
        resolve(chunk?.[0] === TLS_HANDSHAKE);
      };
      const onReadable = (): void => {
        if (socket.readableLength > 0) decide();
      };
      const timer = setTimeout(decide, timeout);
      socket.on("readable", onReadable).on("close", decide);
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    const last = chunks.length - 1;
    if (last > 0) socket.cork();
    for (let i = 0; i < last; i++) socket.write(chunks[i]!);
    socket.write(chunks[last]!, this.#onWritten);
    if (last > 0) socket.uncork();
    this.#isWaiting = socket.writableLength > 0;
    return !this.#isWaiting;
  }

  readonly #onWritten = (): void => {
    if (!this.#isWaiting || this.#socket.writableLength > 0) return;
    this.#isWaiting = false;
    this.#onWrittenOut?.();
    this.#listener?.onDrain();
  };

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end({ last, limit, onEnded }: Ending): void {
    const socket = this.#socket;
    this.#listener = undefined;
    if (this.#isClosed) {
      onEnded(0);
      return;
    }
    let unsent = 0;
    const giveUp = (): void => {
      unsent = socket.writableLength;
      socket.destroy();
    };
    let timer = setTimeout(giveUp, limit);
    socket.once("close", () => {
      clearTimeout(timer);
      onEnded(unsent);
    });
    // What the client still sends is read and dropped: unread bytes would turn the end into a reset, and that may
    // overtake what was sent. So the client's own end is waited for, too.
    socket.resume();
    for (const chunk of last) socket.write(chunk);
    socket.end(() => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, LINGER);
    });
  }

  destroy(reset = false): void {
    this.#listener = undefined;
    if (reset && !(this.#socket instanceof TLSSocket)) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }
}

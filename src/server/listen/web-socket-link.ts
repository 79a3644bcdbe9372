import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { RawData, WebSocket } from "ws";
import type { Ending, Link, LinkListener, TlsSession } from "../link.ts";
import { closeStatus } from "./close-status.ts";
import { tlsSession } from "./tls-terms.ts";
import { cookiesOf } from "./upgrade-check.ts";

/** Milliseconds that the closing handshake has, when all else has left. */
const END_LIMIT = 1000;

/** A client over WebSocket. */
export class WebSocketLink implements Link {
  readonly kind = "websocket";
  readonly host: string;
  readonly port: number;
  readonly tls: TlsSession | undefined;
  readonly cookies: ReadonlyMap<string, string>;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  #listener: LinkListener | undefined;
  /** Frames that were handed over and have not left. */
  #inFlight = 0;
  #isWaiting = false;
  #onAllSent: (() => void) | undefined;
  /** A PONG is on its way; the payload of the last PING that came meanwhile. */
  #isAnswering = false;
  #lastPing: Buffer | undefined;
  #isClosed = false;

  constructor(webSocket: WebSocket, request: IncomingMessage) {
    this.#webSocket = webSocket;
    this.#socket = request.socket;
    this.tls = request.socket instanceof TLSSocket ? tlsSession(request.socket) : undefined;
    this.cookies = cookiesOf(request);
    this.host = request.socket.remoteAddress ?? "";
    this.port = request.socket.remotePort ?? 0;
    webSocket.on("ping", (payload) => this.#answer(payload));
    // Of bad frames ws tells the client; whether it hears that is not waited for.
    webSocket.on("error", () => {
      this.#listener?.onClose();
      this.#listener = undefined;
      this.#limitEnd();
    });
    webSocket.on("close", () => {
      this.#isClosed = true;
      this.#listener?.onClose();
    });
    // Whatever comes before somebody listens waits in the socket.
    webSocket.pause();
  }

  get unsentBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    // Frames are no messages: operations may span them, and text is taken as bytes (nats-server 2.15).
    this.#webSocket.on("message", (data: RawData) => {
      const bytes = data as Buffer;
      this.#listener?.onData(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    });
    this.#webSocket.resume();
    if (this.#isClosed) queueMicrotask(() => this.#listener?.onClose());
  }

  // ws copies what it compresses or masks; a plain frame of the server is written from where it lies.
  write(chunks: readonly Uint8Array[]): boolean {
    const frame = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    this.#inFlight++;
    this.#webSocket.send(frame, { binary: true }, this.#onSent);
    this.#isWaiting = this.#inFlight > 0;
    return !this.#isWaiting;
  }

  readonly #onSent = (): void => {
    this.#inFlight--;
    if (this.#inFlight > 0) return;
    this.#onAllSent?.();
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#listener?.onDrain();
  };

  /** Of the PINGs that come while an answer waits only the last is answered (RFC 6455, 5.5.3): what waits is bounded. */
  #answer(ping: Buffer): void {
    if (this.#isAnswering) {
      this.#lastPing = Buffer.from(ping);
      return;
    }
    this.#isAnswering = true;
    this.#webSocket.pong(ping, false, this.#onAnswered);
  }

  readonly #onAnswered = (): void => {
    this.#isAnswering = false;
    const next = this.#lastPing;
    this.#lastPing = undefined;
    if (next !== undefined) this.#answer(next);
  };

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end({ reason, last, limit, onEnded }: Ending): void {
    const webSocket = this.#webSocket;
    this.#listener = undefined;
    if (this.#isClosed) {
      onEnded(0);
      return;
    }
    let unsent = 0;
    const timer = setTimeout(() => {
      unsent = this.unsentBytes;
      webSocket.terminate();
    }, limit);
    webSocket.once("close", () => {
      clearTimeout(timer);
      onEnded(unsent);
    });
    if (last.length > 0) this.write(last);
    this.#onAllSent = () => this.#limitEnd();
    if (this.#inFlight === 0) this.#limitEnd();
    webSocket.resume();
    webSocket.close(closeStatus(reason), reason);
  }

  /** The closing handshake is waited for, but not for long. */
  #limitEnd(): void {
    if (this.#isClosed) return;
    const webSocket = this.#webSocket;
    const timer = setTimeout(() => webSocket.terminate(), END_LIMIT);
    webSocket.once("close", () => clearTimeout(timer));
    webSocket.resume();
  }

  destroy(reset = false): void {
    this.#listener = undefined;
    if (reset && this.tls === undefined) this.#socket.resetAndDestroy();
    else this.#webSocket.terminate();
  }
}

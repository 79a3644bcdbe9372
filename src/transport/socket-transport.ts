import type { Socket } from "node:net";
import type { DialContext, ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import { Inbound } from "./inbound.ts";
import { shakeTlsHands, tlsLinkError } from "./tls.ts";
import { queuedBytes } from "./write-queue.ts";

/** A connected socket: TCP, or TLS over it. */
export class SocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isSecure: boolean;
  readonly #address: ServerAddress;
  readonly #socket: Socket;
  readonly #carrier: Socket;
  readonly #inbound: Inbound;
  #listener: TransportListener | undefined;
  #error: Error | undefined;
  #isOver = false;

  /** `carrier` is the socket that TLS goes over. */
  constructor(socket: Socket, inbound: Inbound, address: ServerAddress, carrier: Socket = socket) {
    const isSecure = carrier !== socket;
    this.#socket = socket;
    this.#carrier = carrier;
    this.#inbound = inbound;
    this.#address = address;
    this.isSecure = isSecure;
    this.remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    this.localAddress = `${socket.localAddress}:${socket.localPort}`;
    // Told at once: "close" comes a turn later, and what is written until then into a socket that is destroyed is lost.
    socket.on("error", (error) =>
      this.#onOver(isSecure ? tlsLinkError(error, address, inbound.hasHeard) : error),
    );
    socket.on("end", () => {
      socket.destroy();
      this.#onOver();
    });
    socket.on("close", () => this.#onOver());
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get queuedBytes(): number | undefined {
    return queuedBytes(this.#carrier);
  }

  get isClosed(): boolean {
    return this.#isOver || this.#socket.destroyed;
  }

  listen(listener: TransportListener): void {
    const socket = this.#socket;
    this.#listener = listener;
    socket.on("drain", () => {
      if (socket.writableLength === 0) this.#listener?.onDrain();
    });
    this.#inbound.listen(listener);
    if (this.#isOver) queueMicrotask(() => this.#listener?.onClose(this.#error));
  }

  async startTls(context: DialContext): Promise<Transport> {
    if (this.isSecure) return this;
    this.#silence();
    const carrier = this.#socket;
    return await shakeTlsHands(carrier, this.#address, context, (socket) => {
      const inbound = new Inbound();
      socket.on("data", (chunk: Uint8Array) => inbound.push(chunk));
      return new SocketTransport(socket, inbound, this.#address, carrier);
    });
  }

  // On a TLS socket a write never leaves at once, for Node reports it only in a later turn: it then answers false.
  write(chunk: Uint8Array): boolean {
    this.#socket.write(chunk);
    return this.#hasLeft();
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
    return this.#hasLeft();
  }

  /** A write that fails outright leaves nothing behind that could be counted. */
  #hasLeft(): boolean {
    const { writableLength, errored } = this.#socket;
    return writableLength === 0 && !(errored instanceof Error) && !this.isClosed;
  }

  end(timeout: number): Promise<number> {
    const socket = this.#socket;
    this.#silence();
    return new Promise((resolve) => {
      if (socket.destroyed) {
        resolve(0);
        return;
      }
      // All that is here, unless it is seen to leave: the peer may break off before.
      let unsent = socket.writableLength;
      const timer = setTimeout(() => {
        unsent = socket.writableLength;
        socket.destroy();
      }, timeout);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve(unsent);
      });
      // Once the bytes have left there is nothing to wait for: the peer need not close its side.
      socket.once("finish", () => {
        unsent = 0;
        socket.destroy();
      });
      socket.end();
    });
  }

  destroy(): void {
    this.#silence();
    this.#socket.destroy();
  }

  #onOver(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#listener?.onClose(error);
  }

  #silence(): void {
    this.#listener = undefined;
    this.#inbound.stop();
  }
}

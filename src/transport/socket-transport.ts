import type { Socket } from "node:net";
import type { DialContext, ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import { Inbound } from "./inbound.ts";
import { shakeTlsHands, tlsLinkError } from "./tls.ts";

/** A connected socket: TCP, or TLS over it. */
export class SocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly #address: ServerAddress;
  readonly #socket: Socket;
  readonly #inbound: Inbound;
  #listener: TransportListener | undefined;
  #error: Error | undefined;
  #isClosed = false;

  constructor(socket: Socket, inbound: Inbound, address: ServerAddress, isSecure: boolean) {
    this.#socket = socket;
    this.#inbound = inbound;
    this.#address = address;
    this.isSecure = isSecure;
    this.remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.on("error", (error) => {
      this.#error = isSecure ? tlsLinkError(error, address, inbound.hasHeard) : error;
    });
    socket.on("close", () => {
      this.#isClosed = true;
      this.#listener?.onClose(this.#error);
    });
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  listen(listener: TransportListener): void {
    const socket = this.#socket;
    this.#listener = listener;
    socket.on("drain", () => {
      if (socket.writableLength === 0) this.#listener?.onDrain();
    });
    socket.on("end", () => socket.destroy());
    this.#inbound.listen(listener);
    if (this.#isClosed) queueMicrotask(() => this.#listener?.onClose(this.#error));
  }

  async startTls(context: DialContext): Promise<Transport> {
    if (this.isSecure) return this;
    this.#silence();
    return await shakeTlsHands(this.#socket, this.#address, context, (socket) => {
      const inbound = new Inbound();
      socket.on("data", (chunk: Uint8Array) => inbound.push(chunk));
      return new SocketTransport(socket, inbound, this.#address, true);
    });
  }

  // On a TLS socket a write never leaves at once, for Node reports it only in a later turn: it then answers false.
  write(chunk: Uint8Array): boolean {
    this.#socket.write(chunk);
    return this.#socket.writableLength === 0;
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    const socket = this.#socket;
    socket.cork();
    for (const chunk of chunks) socket.write(chunk);
    socket.uncork();
    return socket.writableLength === 0;
  }

  end(timeout: number): Promise<number> {
    const socket = this.#socket;
    this.#silence();
    return new Promise((resolve) => {
      let unsent = 0;
      const destroy = (): void => {
        // Told again by `end` below when the time was up.
        if (socket.destroyed) return;
        unsent = socket.writableLength;
        socket.destroy();
      };
      if (socket.destroyed) {
        resolve(0);
        return;
      }
      const timer = setTimeout(destroy, timeout);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve(unsent);
      });
      // Once the bytes have left there is nothing to wait for: the peer need not close its side.
      socket.end(destroy);
    });
  }

  destroy(): void {
    this.#silence();
    this.#socket.destroy();
  }

  #silence(): void {
    this.#listener = undefined;
    this.#inbound.listen(undefined);
  }
}

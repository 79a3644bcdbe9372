import type { Server, Socket } from "node:net";

/**
 * The sockets that have come in and are no WebSocket yet: one that says nothing, or half a request, or is in the middle
 * of a TLS handshake. Node counts them among nobody, and would wait for them for ever.
 */
export class Lobby {
  /** By the client's end: with TLS a request comes by another object than the socket that was accepted. */
  readonly #sockets = new Map<string, Socket>();

  constructor(server: Server) {
    server.on("connection", (socket) => {
      const key = keyOf(socket);
      this.#sockets.set(key, socket);
      socket.once("close", () => {
        if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
      });
    });
  }

  /** It has become a WebSocket. */
  leave(socket: Socket): void {
    this.#sockets.delete(keyOf(socket));
  }

  /** Sends all of them away. */
  clear(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

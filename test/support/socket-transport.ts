import { connect, type Socket } from "node:net";
import type { DialContext, ServerAddress, Transport, TransportListener } from "../../src/index.ts";

/** Dials as an application may, with nothing but the public types. */
export async function dialByHand({ host, port }: ServerAddress, context: DialContext): Promise<Transport> {
  const { signal } = context;
  context.enterPhase("tcp");
  const socket = connect({ host, port, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
    signal.addEventListener("abort", () => {
      socket.destroy();
      reject(signal.reason as Error);
    });
  });
  return new SocketTransport(socket, `${host}:${port}`);
}

class SocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure = false;
  readonly #socket: Socket;

  constructor(socket: Socket, remoteAddress: string) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    socket.on("error", () => undefined);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  listen(listener: TransportListener): void {
    const socket = this.#socket;
    socket.on("data", (chunk: Buffer) => listener.onData(chunk));
    socket.on("drain", () => listener.onDrain());
    socket.on("end", () => socket.destroy());
    socket.on("close", () => listener.onClose());
  }

  write(chunk: Uint8Array): boolean {
    return this.writeAll([chunk]);
  }

  // The socket keeps what it can't write at once, so what is handed over is a copy, which is the transport's own.
  writeAll(chunks: readonly Uint8Array[]): boolean {
    return this.#socket.write(Buffer.concat(chunks));
  }

  end(timeout: number): Promise<number> {
    const socket = this.#socket;
    socket.removeAllListeners("close");
    return new Promise((resolve) => {
      let unsent = 0;
      const timer = setTimeout(() => {
        unsent = socket.writableLength;
        socket.destroy();
      }, timeout);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve(unsent);
      });
      if (socket.destroyed) socket.emit("close");
      else socket.end(() => socket.destroy());
    });
  }

  destroy(): void {
    this.#socket.removeAllListeners("data").removeAllListeners("close");
    this.#socket.destroy();
  }
}

import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import { Inbound } from "./inbound.ts";
import { closeError, textFrameError } from "./web-socket-frames.ts";

/** An open WebSocket of the `ws` library. Unlike a runtime's own it tells when what was written has left. */
export class NodeWebSocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly #socket: WebSocket;
  readonly #link: Socket;
  readonly #inbound = new Inbound();
  #listener: TransportListener | undefined;
  #isFull = false;
  #error: Error | undefined;
  #isClosed = false;

  /** `link` is what the socket goes over. */
  constructor(socket: WebSocket, link: Socket, { scheme, host, port }: ServerAddress) {
    this.#socket = socket;
    this.#link = link;
    this.remoteAddress = `${link.remoteAddress}:${link.remotePort}`;
    this.isSecure = scheme === "wss";
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) this.#inbound.push(ownBytes(data));
      else this.#fail(textFrameError(`${scheme}://${host}:${port}`, data.toString("utf8", 0, 100)));
    });
    socket.on("error", (error) => (this.#error ??= error));
    socket.on("close", (code, reason) => {
      this.#isClosed = true;
      this.#error ??= closeError(code, reason.toString());
      this.#listener?.onClose(this.#error);
    });
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#inbound.listen(listener);
    if (this.#isClosed) queueMicrotask(() => this.#listener?.onClose(this.#error));
  }

  // WS-07, WS-08: one frame a chunk. The library masks a copy; to compress it reads the chunk until it has left.
  write(chunk: Uint8Array): boolean {
    this.#socket.send(chunk, this.#onSent);
    return this.#hasLeft();
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    this.#link.cork();
    for (const chunk of chunks) this.#socket.send(chunk, this.#onSent);
    this.#link.uncork();
    return this.#hasLeft();
  }

  #hasLeft(): boolean {
    this.#isFull = this.#socket.bufferedAmount > 0;
    return !this.#isFull;
  }

  // An error is told by "error" and "close".
  readonly #onSent = (): void => {
    if (!this.#isFull || this.#socket.bufferedAmount > 0) return;
    this.#isFull = false;
    this.#listener?.onDrain();
  };

  // WS-15: what was written leaves before the close frame; the peer's answer ends it.
  end(timeout: number): Promise<number> {
    const socket = this.#socket;
    this.#silence();
    return new Promise((resolve) => {
      if (this.#isClosed) {
        resolve(0);
        return;
      }
      let unsent = 0;
      const timer = setTimeout(() => {
        unsent = socket.bufferedAmount;
        socket.terminate();
      }, timeout);
      socket.once("close", () => {
        clearTimeout(timer);
        resolve(unsent);
      });
      socket.close(1000);
    });
  }

  destroy(): void {
    this.#silence();
    this.#socket.terminate();
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#socket.terminate();
  }

  #silence(): void {
    this.#listener = undefined;
    this.#inbound.listen(undefined);
  }
}

/** A frame is a view of all that was read with it: what is queued of it must not keep the rest in memory. */
function ownBytes(data: Buffer): Uint8Array {
  return data.length === data.buffer.byteLength ? data : new Uint8Array(data);
}

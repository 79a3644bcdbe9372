import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import { Inbound } from "./inbound.ts";
import { watchEnding } from "./watch-ending.ts";
import { closeError, isAnswer, pushFrame, textFrameError } from "./web-socket-frames.ts";

/** An open WebSocket of the `ws` library. Unlike a runtime's own it tells when what was written has left. */
export class NodeWebSocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly isSecure: boolean;
  readonly #socket: WebSocket;
  readonly #link: Socket;
  readonly #inbound = new Inbound();
  #listener: TransportListener | undefined;
  #isFull = false;
  /** Frames of ours that have not left. The library's own pongs are told to nobody, and are none of them. */
  #unsentFrames = 0;
  #stopWatch: (() => void) | undefined;
  #error: Error | undefined;
  #isGone = false;

  /** `link` is what the socket goes over. */
  constructor(socket: WebSocket, link: Socket, { scheme, host, port }: ServerAddress) {
    this.#socket = socket;
    this.#link = link;
    this.remoteAddress = `${link.remoteAddress}:${link.remotePort}`;
    this.localAddress = `${link.localAddress}:${link.localPort}`;
    this.isSecure = scheme === "wss";
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) pushFrame(this.#inbound, data);
      else this.#fail(textFrameError(`${scheme}://${host}:${port}`, data.toString("utf8", 0, 100)));
    });
    // WS-10, WS-16: at once, for the library would wait half a minute for the peer to end its side.
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", (code, reason) => {
      this.#isGone = true;
      this.#stopWatch?.();
      this.#error ??= closeError(code, reason.toString());
      this.#listener?.onClose(this.#error);
    });
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get isClosed(): boolean {
    return this.#isGone || this.#error !== undefined || this.#socket.readyState !== this.#socket.OPEN;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#inbound.listen(listener);
    if (this.#isGone) {
      queueMicrotask(() => this.#listener?.onClose(this.#error));
      return;
    }
    // WS-14: the library tells of a close frame only when the link is gone as well.
    this.#stopWatch ??= watchEnding(
      () => this.isClosed,
      () => this.#socket.terminate(),
    );
  }

  // WS-07, WS-08: one frame a chunk. The library masks a copy; to compress it reads the chunk until it has left.
  write(chunk: Uint8Array): boolean {
    this.#send(chunk);
    return this.#hasLeft();
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    this.#link.cork();
    for (const chunk of chunks) this.#send(chunk);
    this.#link.uncork();
    return this.#hasLeft();
  }

  #send(chunk: Uint8Array): void {
    this.#unsentFrames++;
    this.#socket.send(chunk, this.#onSent);
  }

  #hasLeft(): boolean {
    this.#isFull = this.#socket.bufferedAmount > 0;
    return !this.#isFull;
  }

  readonly #onSent = (error?: Error | null): void => {
    if (error !== undefined && error !== null) {
      // It did not leave, and neither will what follows.
      this.#fail(error);
      return;
    }
    this.#unsentFrames--;
    if (!this.#isFull || this.#unsentFrames > 0) return;
    this.#isFull = false;
    this.#listener?.onDrain();
  };

  // WS-15: what was written leaves before the close frame; the peer's answer ends it.
  end(timeout: number): Promise<number> {
    const socket = this.#socket;
    this.#silence();
    return new Promise((resolve) => {
      if (this.#isGone) {
        resolve(0);
        return;
      }
      // All that is here, unless the peer says that it has read to the end: it may break off before.
      let unsent = socket.bufferedAmount;
      const timer = setTimeout(() => {
        unsent = socket.bufferedAmount;
        socket.terminate();
      }, timeout);
      socket.once("close", (code) => {
        clearTimeout(timer);
        resolve(isAnswer(code) ? 0 : unsent);
      });
      socket.close(1000);
    });
  }

  destroy(): void {
    this.#silence();
    this.#socket.terminate();
  }

  #fail(error: Error): void {
    this.#error ??= error;
    this.#socket.terminate();
  }

  #silence(): void {
    this.#stopWatch?.();
    this.#listener = undefined;
    this.#inbound.stop();
  }
}

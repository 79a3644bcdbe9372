import type { ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import type { WebSocketLike } from "../core/websocket-options.ts";
import { Inbound } from "./inbound.ts";
import { closeError, textFrameError } from "./web-socket-frames.ts";

/** What the socket may hold before writing stops: it copies what it is given, and does not tell when that has left. */
const WINDOW = 1024 * 1024;

/** Milliseconds between looks at a full socket; there is no event for it. */
const LOOK_INTERVAL = 4;

/** An open WebSocket with the interface of a runtime's own. */
export class WebSocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly #socket: WebSocketLike;
  readonly #inbound = new Inbound();
  #listener: TransportListener | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #error: Error | undefined;
  #isClosed = false;
  #onClosed: (() => void) | undefined;

  constructor(socket: WebSocketLike, { scheme, host, port }: ServerAddress) {
    this.#socket = socket;
    this.remoteAddress = `${host}:${port}`;
    this.isSecure = scheme === "wss";
    socket.onmessage = ({ data }: { data: ArrayBuffer | string }) => {
      if (typeof data === "string") this.#fail(textFrameError(`${scheme}://${host}:${port}`, data));
      else this.#inbound.push(new Uint8Array(data));
    };
    socket.onerror = () => {
      this.#error ??= new Error("the WebSocket failed");
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      this.#error ??= closeError(code, reason);
      this.#close();
    };
  }

  get unsentBytes(): number {
    // Cloudflare's workerd has no such count.
    return this.#socket.bufferedAmount ?? 0;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#inbound.listen(listener);
    if (this.#isClosed) queueMicrotask(() => this.#listener?.onClose(this.#error));
  }

  write(chunk: Uint8Array): boolean {
    this.#socket.send(chunk as Uint8Array<ArrayBuffer>);
    return this.#hasRoom();
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    return this.write(joined(chunks));
  }

  #hasRoom(): boolean {
    if (this.unsentBytes <= WINDOW) return true;
    this.#looking ??= setInterval(() => {
      if (this.unsentBytes > WINDOW / 2) return;
      this.#stopLooking();
      this.#listener?.onDrain();
    }, LOOK_INTERVAL);
    return false;
  }

  // WS-15: what was written leaves before the close frame; the peer's answer ends it.
  end(timeout: number): Promise<number> {
    this.#silence();
    return new Promise((resolve) => {
      if (this.#isClosed) {
        resolve(0);
        return;
      }
      const timer = setTimeout(() => finish(this.unsentBytes), timeout);
      const finish = (unsent: number): void => {
        clearTimeout(timer);
        this.#onClosed = undefined;
        resolve(unsent);
      };
      this.#onClosed = () => finish(0);
      this.#socket.close(1000);
    });
  }

  destroy(): void {
    this.#silence();
    if (!this.#isClosed) this.#socket.close();
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#socket.close();
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopLooking();
    this.#onClosed?.();
    this.#listener?.onClose(this.#error);
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #silence(): void {
    this.#stopLooking();
    this.#listener = undefined;
    this.#inbound.listen(undefined);
  }
}

// WS-07: one frame. Of two, the second may find the socket closed by the answer to the first, which workerd then drops.
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

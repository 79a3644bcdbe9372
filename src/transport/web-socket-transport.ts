import type { ServerAddress, Transport, TransportListener } from "../core/transport.ts";
import type { WebSocketLike } from "../core/websocket-options.ts";
import { Inbound } from "./inbound.ts";
import { watchEnding } from "./watch-ending.ts";
import { closeError, isAnswer, pushFrame, textFrameError } from "./web-socket-frames.ts";

/** What the socket may hold before writing stops: it does not tell when what it was given has left. */
const WINDOW = 1024 * 1024;

/** Milliseconds between looks at a full socket; there is no event for it. */
const LOOK_INTERVAL = 4;

/** What a runtime tells of an end without a close frame. */
const ABNORMAL = 1006;

/** The value of `readyState` from which on a socket discards what it is given. */
const CLOSING = 2;

export interface WebSocketTraits {
  /** Whether it copies what it is given, as the standard says. A library's socket may read it until it has left. */
  readonly copies: boolean;
}

/** An open WebSocket with the interface of a runtime's own. */
export class WebSocketTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure: boolean;
  readonly #socket: WebSocketLike;
  readonly #copies: boolean;
  readonly #inbound = new Inbound();
  #listener: TransportListener | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #stopWatch: (() => void) | undefined;
  #error: Error | undefined;
  #isGone = false;
  #onGone: ((code: number) => void) | undefined;

  constructor(socket: WebSocketLike, { scheme, host, port }: ServerAddress, { copies }: WebSocketTraits) {
    this.#socket = socket;
    this.#copies = copies;
    this.remoteAddress = `${host}:${port}`;
    this.isSecure = scheme === "wss";
    socket.onmessage = ({ data }: { data: ArrayBuffer | string }) => {
      // Timers of a page in the background may come once a minute; what the peer sends does not wait for that.
      if (this.#looking !== undefined) this.#lookForRoom();
      if (typeof data === "string") this.#fail(textFrameError(`${scheme}://${host}:${port}`, data));
      else pushFrame(this.#inbound, new Uint8Array(data));
    };
    socket.onerror = () => {
      this.#error ??= new Error("the WebSocket failed");
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
      this.#error ??= closeError(code, reason);
      this.#onEnd(code);
    };
  }

  get unsentBytes(): number {
    // Cloudflare's workerd has no such count.
    return this.#socket.bufferedAmount ?? 0;
  }

  get isClosed(): boolean {
    return this.#isGone || this.#error !== undefined || (this.#socket.readyState ?? 0) >= CLOSING;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#inbound.listen(listener);
    if (this.#isGone) {
      queueMicrotask(() => this.#listener?.onClose(this.#error));
      return;
    }
    this.#stopWatch ??= watchEnding(
      () => this.isClosed,
      () => this.#fail(new Error("the WebSocket was closed, and its peer did not end it")),
    );
  }

  write(chunk: Uint8Array): boolean {
    return this.#send(this.#copies ? chunk : chunk.slice());
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    return chunks.length === 1 ? this.write(chunks[0]!) : this.#send(joined(chunks));
  }

  #send(chunk: Uint8Array): boolean {
    this.#socket.send(chunk as Uint8Array<ArrayBuffer>);
    if (this.unsentBytes <= WINDOW) return true;
    this.#looking ??= setInterval(() => this.#lookForRoom(), LOOK_INTERVAL);
    return false;
  }

  #lookForRoom(): void {
    if (this.unsentBytes > WINDOW / 2) return;
    this.#stopLooking();
    this.#listener?.onDrain();
  }

  // WS-15: what was written leaves before the close frame; the peer's answer ends it.
  end(timeout: number): Promise<number> {
    this.#silence();
    return new Promise((resolve) => {
      if (this.#isGone) {
        resolve(0);
        return;
      }
      const { unsentBytes } = this;
      const timer = setTimeout(() => {
        finish(this.unsentBytes);
        terminate(this.#socket);
      }, timeout);
      const finish = (unsent: number): void => {
        clearTimeout(timer);
        this.#onGone = undefined;
        resolve(unsent);
      };
      // All that is here, unless the peer says that it has read to the end: it may break off before.
      this.#onGone = (code) => finish(isAnswer(code) ? 0 : unsentBytes);
      this.#socket.close(1000);
    });
  }

  destroy(): void {
    this.#silence();
    if (!this.#isGone) terminate(this.#socket);
  }

  #fail(error: Error): void {
    this.#error ??= error;
    terminate(this.#socket);
    this.#onEnd(ABNORMAL);
  }

  #onEnd(code: number): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#stopLooking();
    this.#stopWatch?.();
    this.#onGone?.(code);
    this.#listener?.onClose(this.#error);
  }

  #stopLooking(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  #silence(): void {
    this.#stopLooking();
    this.#stopWatch?.();
    this.#listener = undefined;
    this.#inbound.stop();
  }
}

/** Ends a socket at once where that can be done; a runtime's own waits for its peer. */
export function terminate(socket: WebSocketLike): void {
  if (socket.terminate === undefined) socket.close();
  else socket.terminate();
}

// WS-07: one frame. Of two, the second may find the socket closed by the answer to the first, which workerd then drops.
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

import type { Transport, TransportListener } from "../core/transport.ts";
import type { MemoryLane } from "./memory-lane.ts";

/** A server in the same process, reached over two lanes. */
export class MemoryTransport implements Transport {
  readonly remoteAddress: string;
  // Nobody outside of the process sees what passes.
  readonly isSecure = true;
  readonly #incoming: MemoryLane;
  readonly #outgoing: MemoryLane;
  #listener: TransportListener | undefined;
  #isClosed = false;

  constructor(remoteAddress: string, incoming: MemoryLane, outgoing: MemoryLane) {
    this.remoteAddress = remoteAddress;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get unsentBytes(): number {
    return this.#outgoing.unread;
  }

  get isClosed(): boolean {
    return this.#isClosed || !this.#outgoing.isOpen;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#incoming.read({
      onData: (chunk) => this.#listener?.onData(chunk),
      onEnd: () => {
        if (this.#isClosed) return;
        this.#isClosed = true;
        this.#outgoing.cut();
        this.#listener?.onClose();
      },
    });
  }

  write(chunk: Uint8Array): boolean {
    return this.writeAll([chunk]);
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    return this.#outgoing.write(chunks, () => this.#listener?.onDrain());
  }

  end(timeout: number): Promise<number> {
    this.#listener = undefined;
    if (this.#isClosed) return Promise.resolve(0);
    this.#isClosed = true;
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        const unread = this.#outgoing.unread;
        this.#outgoing.cut();
        this.#incoming.cut();
        resolve(unread);
      };
      const timer = setTimeout(finish, timeout);
      this.#outgoing.end(finish);
    });
  }

  destroy(): void {
    this.#listener = undefined;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#outgoing.cut();
    this.#incoming.cut();
  }
}

import { MemoryTransport } from "../transport/memory.ts";
import { MemoryLane } from "../transport/memory-lane.ts";
import type { Link, LinkListener } from "./link.ts";

/** The server's end of a connection inside the process. */
class MemoryLink implements Link {
  readonly kind = "memory";
  readonly host = "memory";
  readonly port: number;
  readonly #incoming: MemoryLane;
  readonly #outgoing: MemoryLane;
  #listener: LinkListener | undefined;

  constructor(port: number, incoming: MemoryLane, outgoing: MemoryLane) {
    this.port = port;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get unsentBytes(): number {
    return this.#outgoing.unread;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    this.#incoming.read({
      onData: (chunk) => this.#listener?.onData(chunk),
      onEnd: () => {
        this.#outgoing.cut();
        this.#listener?.onClose();
      },
    });
  }

  write(chunks: readonly Uint8Array[]): boolean {
    return this.#outgoing.write(chunks, () => this.#listener?.onDrain());
  }

  pause(): void {
    this.#incoming.pause();
  }

  resume(): void {
    this.#incoming.resume();
  }

  end(): void {
    this.#listener = undefined;
    this.#outgoing.end(() => this.#incoming.cut());
  }

  destroy(): void {
    this.#listener = undefined;
    this.#outgoing.cut();
    this.#incoming.cut();
  }
}

/** Both ends of a new connection inside the process; `number` tells it from others. */
export function memoryConnection(name: string, number: number): { link: Link; transport: MemoryTransport } {
  const toServer = new MemoryLane();
  const toClient = new MemoryLane();
  return {
    link: new MemoryLink(number, toServer, toClient),
    transport: new MemoryTransport(`memory:${name}`, toClient, toServer),
  };
}

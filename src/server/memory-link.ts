import { MemoryTransport } from "../transport/memory.ts";
import { MemoryLane } from "../transport/memory-lane.ts";
import type { Ending, Link, LinkListener } from "./link.ts";

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

  end({ last, limit, onEnded }: Ending): void {
    this.#listener = undefined;
    if (!this.#outgoing.isOpen) {
      this.destroy();
      onEnded(0);
      return;
    }
    const finish = (unsentBytes: number): void => {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      this.destroy();
      onEnded(unsentBytes);
    };
    // A lane that nobody has ever read tells nothing of its end.
    let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(() => finish(this.unsentBytes), limit);
    this.#outgoing.write(last, () => undefined);
    this.#outgoing.end(() => finish(0));
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

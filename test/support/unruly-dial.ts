import type { Dial, Transport, TransportListener } from "../../src/index.ts";
import { dialByHand } from "./socket-transport.ts";

/** What a transport does otherwise than it should; `tell` is its listener. */
export type Mischief = (transport: Transport, tell: TransportListener) => Partial<Transport>;

/** Dials as an application may; some of its transports break the rules. */
export class UnrulyDial {
  readonly #mischief: Mischief;
  readonly #which: number;
  readonly #listeners: TransportListener[] = [];

  /** The transport with this number (1 is the first) makes mischief. */
  constructor(which: number, mischief: Mischief) {
    this.#which = which;
    this.#mischief = mischief;
  }

  /** How many transports there were. */
  get count(): number {
    return this.#listeners.length;
  }

  readonly dial: Dial = async (address, context) => {
    const transport = await dialByHand(address, context);
    const number = this.#listeners.length;
    let heardBy: TransportListener | undefined;
    const tell: TransportListener = {
      onData: (chunk) => heardBy?.onData(chunk),
      onDrain: () => heardBy?.onDrain(),
      onClose: (error) => heardBy?.onClose(error),
    };
    this.#listeners.push(tell);
    const overrides = number + 1 === this.#which ? this.#mischief(transport, tell) : {};
    return {
      remoteAddress: transport.remoteAddress,
      isSecure: false,
      get unsentBytes() {
        return transport.unsentBytes;
      },
      write: (chunk) => transport.write(chunk),
      writeAll: (chunks) => transport.writeAll(chunks),
      end: (timeout) => transport.end(timeout),
      destroy: () => transport.destroy(),
      ...overrides,
      listen: (listener) => {
        heardBy = listener;
        (overrides.listen ?? ((own) => transport.listen(own)))(listener);
      },
    };
  };

  /** The transport with this number tells that it is gone. */
  lose(number: number): void {
    this.#listeners[number - 1]!.onClose(new Error("lost"));
  }
}

/** Does `run` in each write that has `text` in it, and then answers `answer`; what `run` throws, the write throws. */
export function onWrite(text: string, run: (tell: TransportListener) => void, answer = true): Mischief {
  return (transport, tell) => {
    const writeAll = (chunks: readonly Uint8Array[]): boolean => {
      if (!Buffer.concat(chunks).toString("latin1").includes(text)) return transport.writeAll(chunks);
      run(tell);
      return answer;
    };
    return { writeAll, write: (chunk) => writeAll([chunk]) };
  };
}

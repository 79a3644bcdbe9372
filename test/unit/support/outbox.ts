import { Outbox } from "../../../src/core/outbound/outbox.ts";
import type { OutboundOptions } from "../../../src/core/outbound/outbound-limits.ts";
import { ControlLines } from "../../../src/core/outbound/control-lines.ts";
import { type Counters, newCounters } from "../../../src/core/statistics.ts";
import type { Payload } from "../../../src/core/message.ts";
import { bytesOf } from "./bytes.ts";
import { MemoryTransport } from "./memory-transport.ts";

const MIB = 1024 * 1024;

const DEFAULTS: OutboundOptions = {
  whileDisconnected: "buffer",
  reconnectBufferSize: 8 * MIB,
  highWaterMark: MIB,
  maxPendingBytes: 256 * MIB,
  maxControlLine: 4096,
};

/** An outbox without a link, with short ways to use it. */
export class TestOutbox {
  readonly outbox: Outbox;
  readonly counters: Counters = newCounters();
  readonly #lines = new ControlLines();

  constructor(options: Partial<OutboundOptions> = {}) {
    this.outbox = new Outbox({ ...DEFAULTS, ...options }, this.counters);
  }

  static connected(options: Partial<OutboundOptions> = {}): { box: TestOutbox; link: MemoryTransport } {
    const box = new TestOutbox(options);
    return { box, link: box.attach() };
  }

  /** Gives the outbox a new link; `isBusy` if it is slow from the start. */
  attach(preamble: readonly string[] = [], isBusy = false): MemoryTransport {
    const link = new MemoryTransport();
    link.isBusy = isBusy;
    link.listen({
      onData: () => undefined,
      onDrain: () => this.outbox.onDrain(),
      onClose: () => undefined,
    });
    this.outbox.attach(link, preamble.map(bytesOf));
    return link;
  }

  publish(payload?: Payload, subject = "a", reply?: string, block?: string): boolean {
    const line = this.#lines.of(subject);
    return this.outbox.publish(line, reply, block === undefined ? undefined : bytesOf(block), payload);
  }

  command(line: string): void {
    this.outbox.command(bytesOf(`${line}\r\n`));
  }
}

/** The turn of the event loop ends: everything that microtasks do is done. */
export function turnEnds(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** `PUB a <size>` with its payload, as it stands on the wire. */
export function pub(payload: string, subject = "a"): string {
  return `PUB ${subject} ${payload.length}\r\n${payload}\r\n`;
}

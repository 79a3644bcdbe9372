import type { Dial, ServerAddress, Transport, TransportListener } from "../../src/index.ts";

const INFO = `INFO ${JSON.stringify({
  server_id: "FAKE",
  version: "2.15.2",
  proto: 1,
  host: "127.0.0.1",
  port: 4222,
  headers: true,
  max_payload: 1_048_576,
})}\r\n`;

/**
 * Servers without a network, for tests that run on a fake clock: dial with `dial`. Each server accepts its clients and
 * answers their PINGs while it is `up`; a dial to one that is down fails at once.
 */
export class FakeNetwork {
  /** The hosts that are there. */
  readonly up: Set<string>;
  /** Every dial, in order: whom, and when by the clock of the test. */
  readonly dials: { readonly host: string; readonly at: number }[] = [];
  readonly #links = new Set<FakeTransport>();

  constructor(up: readonly string[] = []) {
    this.up = new Set(up);
  }

  readonly dial: Dial = ({ host }: ServerAddress) => {
    this.dials.push({ host, at: performance.now() });
    if (!this.up.has(host)) return Promise.reject(new Error(`${host} is down`));
    const transport = new FakeTransport(host);
    this.#links.add(transport);
    return Promise.resolve(transport);
  };

  /** Takes the server away, and ends its links. */
  down(host: string): void {
    this.up.delete(host);
    for (const link of this.#links) if (link.remoteAddress === host) link.lose();
  }
}

class FakeTransport implements Transport {
  readonly remoteAddress: string;
  readonly isSecure = false;
  readonly unsentBytes = 0;
  #listener: TransportListener | undefined;

  constructor(host: string) {
    this.remoteAddress = host;
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    this.#say(INFO);
  }

  write(chunk: Uint8Array): boolean {
    const pings = Buffer.from(chunk).toString("latin1").split("PING\r\n").length - 1;
    for (let i = 0; i < pings; i++) this.#say("PONG\r\n");
    return true;
  }

  writeAll(chunks: readonly Uint8Array[]): boolean {
    for (const chunk of chunks) this.write(chunk);
    return true;
  }

  end(): Promise<number> {
    this.destroy();
    return Promise.resolve(0);
  }

  destroy(): void {
    this.#listener = undefined;
  }

  lose(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.onClose();
  }

  #say(text: string): void {
    queueMicrotask(() => this.#listener?.onData(new TextEncoder().encode(text)));
  }
}

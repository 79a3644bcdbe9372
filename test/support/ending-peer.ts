import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import type { Identity } from "./certificates.ts";
import { listen } from "./listen.ts";

const INFO =
  'INFO {"server_id":"ENDING","version":"2.15.2","proto":1,"headers":true,"max_payload":1048576}\r\n';
const PING = "PING\r\n";

/** One client of the peer, from the first byte that it sends. */
class Client {
  readonly #raw: Socket;
  readonly #socket: Socket;
  readonly #texts: string[] = [];
  #tail = "";

  constructor(raw: Socket, identity: Identity | undefined) {
    this.#raw = raw;
    this.#socket = identity === undefined ? raw : secured(raw, identity);
    for (const socket of new Set([raw, this.#socket])) socket.on("error", () => undefined);
    this.#socket.on("data", (chunk: Buffer) => this.#onText(chunk.toString("latin1")));
    this.#socket.write(INFO);
  }

  /** The payloads of what it published, in order. */
  get payloads(): string[] {
    return [...this.#texts.join("").matchAll(/PUB a \d+\r\n(\d+)\r\n/g)].map(([, payload]) => payload!);
  }

  end(): void {
    this.#socket.end();
  }

  reset(): void {
    this.#raw.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#raw.destroy();
  }

  #onText(text: string): void {
    this.#texts.push(text);
    const recent = this.#tail + text;
    // Too short to hold a whole one.
    this.#tail = recent.slice(1 - PING.length);
    const asked = recent.split(PING).length - 1;
    if (asked > 0 && this.#socket.writable) this.#socket.write("PONG\r\n".repeat(asked));
  }
}

function secured(raw: Socket, { cert, key }: Identity): Socket {
  return new TLSSocket(raw, { isServer: true, secureContext: createSecureContext({ cert, key }) });
}

/**
 * A server on 127.0.0.1 that ends its side when it is told to, and goes on reading until its client has ended too: what a
 * client handed to the operating system is seen, whenever that was. With an identity it speaks TLS from the first byte.
 */
export class EndingPeer {
  readonly port: number;
  readonly #server: Server;
  readonly #clients: Client[] = [];

  private constructor(server: Server, port: number, identity: Identity | undefined) {
    this.port = port;
    this.#server = server;
    server.on("connection", (socket) => void this.#clients.push(new Client(socket, identity)));
  }

  static async start(identity?: Identity): Promise<EndingPeer> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    return new EndingPeer(server, await listen(server), identity);
  }

  /** The payloads of what was published on `a`, client by client. */
  get payloads(): string[] {
    return this.#clients.flatMap((client) => client.payloads);
  }

  /** Ends its side of the newest connection in order. */
  end(): void {
    this.#clients.at(-1)?.end();
  }

  /** Breaks the newest connection off. */
  reset(): void {
    this.#clients.at(-1)?.reset();
  }

  /** Stops reading from the newest connection; returns what makes it go on. */
  pause(): () => void {
    const client = this.#clients.at(-1);
    client?.pause();
    return () => client?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const client of this.#clients) client.destroy();
    await closed;
  }
}

import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import { WebSocket, WebSocketServer } from "ws";
import { connect, type Connection, type ConnectOptions, type WebSocketOptions } from "../../src/index.ts";
import { listen } from "./listen.ts";

const INFO = 'INFO {"server_id":"x","version":"2.12.0","proto":1,"headers":true,"max_payload":1048576}\r\n';

/** The sockets of this library that a test is to hold for: one of its own, and one that only has the standard's interface. */
export const SOCKETS: readonly (readonly [string, WebSocketOptions])[] = [
  ["the library's own socket", {}],
  ["a socket of `websocket.open`", { open: ({ url }) => new WebSocket(url) }],
];

/** Options for `open`, which tells of each socket that it makes. */
export function openWith(onOpened: (socket: WebSocket) => void): WebSocketOptions {
  return {
    open: ({ url }) => {
      const socket = new WebSocket(url);
      onOpened(socket);
      return socket;
    },
  };
}

export interface PeerOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly compression?: boolean;
}

/** A WebSocket server that says INFO, and PONG to what ends with PING. */
export class Peer implements AsyncDisposable {
  readonly url: string;
  readonly requests: IncomingMessage[] = [];
  readonly sockets: WebSocket[] = [];
  readonly closes: number[] = [];
  /** How many frames came, of all sockets. */
  frames = 0;
  /** What came in them. */
  received = "";
  readonly #http: Server;
  readonly #links = new Set<Socket>();

  private constructor(http: Server, sockets: WebSocketServer, url: string) {
    this.#http = http;
    this.url = url;
    http.on("connection", (link: Socket) => void this.#links.add(link));
    sockets.on("connection", (socket, request) => {
      this.requests.push(request);
      this.sockets.push(socket);
      socket.on("close", (code) => void this.closes.push(code));
      socket.on("error", () => undefined);
      socket.on("message", (data: Buffer) => {
        const text = data.toString("latin1");
        this.frames++;
        this.received += text;
        if (text.endsWith("PING\r\n")) socket.send(Buffer.from("PONG\r\n"));
      });
      socket.send(Buffer.from(INFO));
    });
  }

  static async start({ tls, compression = false }: PeerOptions = {}): Promise<Peer> {
    const http = tls === undefined ? createHttpServer() : createHttpsServer(tls);
    const sockets = new WebSocketServer({ server: http, perMessageDeflate: compression });
    const scheme = tls === undefined ? "ws" : "wss";
    return new Peer(http, sockets, `${scheme}://127.0.0.1:${await listen(http)}`);
  }

  get last(): WebSocket {
    return this.sockets.at(-1)!;
  }

  /** What the last WebSocket goes over. */
  get link(): Socket {
    return Reflect.get(this.last, "_socket") as Socket;
  }

  /** From now on the peer does not end its side of the last link, whatever the client does. */
  holdOpen(): void {
    const { link } = this;
    link.end = () => link;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve));
    for (const link of this.#links) link.destroy();
    await closed;
  }
}

/** Runs `body` with a connection whose link begins anew at once, and what its links ended with. */
export async function withLink(
  options: ConnectOptions,
  body: (nc: Connection, peer: Peer, errors: string[]) => Promise<void>,
): Promise<void> {
  await using peer = await Peer.start();
  await using nc = await connect({ servers: peer.url, reconnect: { delay: 1 }, ...options });
  const errors: string[] = [];
  nc.on("disconnected", ({ error }) => void errors.push(`${error.code} ${error.message}`));
  await body(nc, peer, errors);
}

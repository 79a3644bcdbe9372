import { createServer, request, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { listen } from "./listen.ts";

export interface WebSocketProxyOptions {
  /** What paths begin with here; the server behind sees the rest. */
  readonly prefix: string;
  /** Milliseconds without a byte from the client after which its link is closed. Absent: never. */
  readonly idleLimit?: number;
}

/** An HTTP proxy in front of a WebSocket port, as a load balancer is one: it answers 404 outside of its prefix. */
export class WebSocketProxy implements AsyncDisposable {
  readonly url: string;
  /** The path of each request, as the client asked for it. */
  readonly paths: string[] = [];
  readonly #server: Server;
  readonly #links = new Set<Duplex>();

  private constructor(server: Server, port: number, target: number, options: WebSocketProxyOptions) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${port}`;
    server.on("upgrade", (asked, client: Socket) => this.#onUpgrade(asked, client, target, options));
  }

  static async start(target: number, options: WebSocketProxyOptions): Promise<WebSocketProxy> {
    const server = createServer();
    return new WebSocketProxy(server, await listen(server), target, options);
  }

  #onUpgrade(asked: IncomingMessage, client: Socket, port: number, options: WebSocketProxyOptions): void {
    const { url = "", headers } = asked;
    this.paths.push(url);
    this.#keep(client);
    if (!url.startsWith(options.prefix)) {
      client.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const path = url.slice(options.prefix.length) || "/";
    const upstream = request({ host: "127.0.0.1", port, path, headers });
    upstream.on("error", () => client.destroy());
    upstream.on("upgrade", (answer, server, head) => {
      this.#keep(server);
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      client.write(["HTTP/1.1 101 Switching Protocols", ...lines, "", ""].join("\r\n"));
      client.write(head);
      client.on("close", () => server.destroy());
      server.on("close", () => client.destroy());
      server.pipe(client);
      client.pipe(server);
      if (options.idleLimit !== undefined) client.setTimeout(options.idleLimit, () => client.destroy());
    });
    upstream.end();
  }

  #keep(link: Duplex): void {
    this.#links.add(link);
    link.on("error", () => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const link of this.#links) link.destroy();
    await closed;
  }
}

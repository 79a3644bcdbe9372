import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type TlsOptions, TLSSocket } from "node:tls";
import { listen } from "./listen.ts";

export interface TlsPeerOptions {
  /** Of the server side: certificate, key, what is asked of clients. */
  readonly tls: TlsOptions;
  /** Whether TLS comes before INFO. */
  readonly first?: boolean;
  /** What it says in clear. @default INFO without a word about anything */
  readonly greeting?: string;
  /** What to do with a connection whose handshake has begun. */
  readonly on?: (socket: TLSSocket) => void;
}

/** A server on 127.0.0.1 that says INFO and then speaks TLS, by Node's own means. */
export class TlsPeer {
  readonly port: number;
  /** The names that clients asked for (SNI), one a handshake; false where none was sent. */
  readonly names: (string | false)[] = [];
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  private constructor(server: Server, port: number, options: TlsPeerOptions) {
    this.port = port;
    this.#server = server;
    server.on("connection", (socket) => {
      this.sockets.push(socket);
      socket.on("error", () => undefined);
      if (options.first === true) this.#secure(socket, options);
      else socket.write(options.greeting ?? "INFO {}\r\n", () => this.#secure(socket, options));
    });
  }

  static async start(options: TlsPeerOptions): Promise<TlsPeer> {
    const server = createServer();
    return new TlsPeer(server, await listen(server), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  #secure(socket: Socket, { tls, on }: TlsPeerOptions): void {
    if (socket.destroyed) return;
    const secureContext = createSecureContext(tls);
    const secure = new TLSSocket(socket, {
      isServer: true,
      ...tls,
      secureContext,
      SNICallback: (name, done) => {
        this.names.push(name);
        done(null, secureContext);
      },
    });
    secure.on("error", () => undefined);
    secure.on("secure", () => {
      if (this.names.length < this.sockets.length) this.names.push(false);
    });
    on?.(secure);
  }
}

import { once } from "node:events";
import { connect } from "node:net";
import { pipeline } from "node:stream";
import { createWebSocketStream, WebSocketServer } from "ws";
import { urlOf } from "../support/nats-server.ts";
import { Proxy } from "../support/proxy.ts";
import { ScriptedServer, type Script } from "../support/scripted-server.ts";

// Set up before every file of the vitest project `websocket`: what a test has a client connect to besides real servers
// (nats-server.ts sees to them) is reached over WebSocket, too.

/** Takes clients over WebSocket for a scripted server, which goes on to see the bytes within the frames. */
class Front {
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, target: number) {
    this.#server = server;
    server.on("connection", (client) => {
      const peer = connect({ port: target, host: "127.0.0.1", noDelay: true });
      const stream = createWebSocketStream(client);
      peer.on("error", () => client.terminate());
      stream.on("error", () => peer.destroy());
      pipeline(peer, stream, () => undefined);
      pipeline(stream, peer, () => undefined);
    });
  }

  static async open(target: number, port = 0): Promise<Front> {
    const server = new WebSocketServer({ host: "127.0.0.1", port, perMessageDeflate: false });
    await once(server, "listening");
    return new Front(server, target);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const client of this.#server.clients) client.terminate();
    await closed;
  }
}

/** Set on the class that is changed already: files share their modules, and each sets itself up. */
const IS_OVER_WEB_SOCKET = Symbol.for("natspeed scripted server over WebSocket");

function putFrontsBeforeScriptedServers(): void {
  const startScripted = ScriptedServer.start.bind(ScriptedServer);
  ScriptedServer.start = async (script: Script, options?: { port?: number }): Promise<ScriptedServer> => {
    const server = await startScripted(script);
    const front = await Front.open(server.port, options?.port);
    const stop = server.stop.bind(server);
    let closing: Promise<void> | undefined;
    return Object.defineProperties(server, {
      port: { value: front.port },
      url: { value: urlOf(front.port) },
      stop: {
        value: async () => {
          closing ??= front.close();
          await closing;
          await stop();
        },
      },
    });
  };
}

if (!Object.hasOwn(ScriptedServer, IS_OVER_WEB_SOCKET)) {
  Object.defineProperty(ScriptedServer, IS_OVER_WEB_SOCKET, { value: true });
  putFrontsBeforeScriptedServers();
}

Object.defineProperty(Proxy.prototype, "url", {
  configurable: true,
  get(this: Proxy) {
    return urlOf(this.port);
  },
});

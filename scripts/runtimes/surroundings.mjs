// What the smoke suite runs against: two servers with TCP and WebSocket, a proxy that can be cut, a port that refuses.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../nats-server.mjs";

const WEBSOCKET = `websocket { host: "127.0.0.1", port: -1, no_tls: true }\n`;
const USERS = `authorization { users: [{ user: joe, password: secret }] }\n`;

/** @typedef {{ url: string, cutUrl: string, guardedUrl: string, refusedUrl: string }} Surroundings */

/** @returns {Promise<{ of(scheme: "nats" | "ws"): Surroundings, stop(): Promise<void> }>} */
export async function startSurroundings() {
  const folder = await mkdtemp(join(tmpdir(), "natspeed-runtimes-"));
  /** @type {(() => unknown)[]} */
  const stops = [() => rm(folder, { recursive: true })];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  try {
    const open = await startConfigured(folder, "open", WEBSOCKET);
    stops.push(() => open.stop());
    const guarded = await startConfigured(folder, "guarded", WEBSOCKET + USERS);
    stops.push(() => guarded.stop());
    const proxies = { nats: await openProxy(open.port), ws: await openProxy(webSocketPort(open)) };
    stops.push(() => {
      for (const proxy of Object.values(proxies)) proxy.close();
    });
    const cutter = createHttpServer((_request, response) => {
      for (const proxy of Object.values(proxies)) proxy.cut();
      response.writeHead(204, { "Access-Control-Allow-Origin": "*" }).end();
    });
    const cutPort = await listen(cutter);
    stops.push(() => cutter.close().closeAllConnections());
    const refused = await refusedPort();
    return {
      of: (scheme) => ({
        url: `${scheme}://127.0.0.1:${proxies[scheme].port}`,
        cutUrl: `http://127.0.0.1:${cutPort}/`,
        guardedUrl: `${scheme}://127.0.0.1:${scheme === "ws" ? webSocketPort(guarded) : guarded.port}`,
        refusedUrl: `${scheme}://127.0.0.1:${refused}`,
      }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param {string} folder @param {string} name @param {string} config */
async function startConfigured(folder, name, config) {
  const path = join(folder, `${name}.conf`);
  await writeFile(path, config);
  return await startServer({ args: ["-c", path] });
}

/** @param {import("../nats-server.mjs").RunningServer} server */
function webSocketPort(server) {
  return Number(new URL(server.ports.websocket?.[0] ?? "").port);
}

/** @param {number} targetPort */
async function openProxy(targetPort) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const listener = createServer((client) => {
    const server = connect(targetPort, "127.0.0.1");
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true).on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.pipe(server).pipe(client);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: await listen(listener),
    cut,
    close() {
      listener.close();
      cut();
    },
  };
}

/** @param {import("node:net").Server} server */
async function listen(server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return /** @type {import("node:net").AddressInfo} */ (server.address()).port;
}

async function refusedPort() {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

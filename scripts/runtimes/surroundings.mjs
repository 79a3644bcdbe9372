// What the smoke suite runs against: servers with TCP and WebSocket, in clear and with TLS, a proxy for each that can be
// cut, a port that refuses.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../nats-server.mjs";
import { newCertificates } from "./certificates.mjs";

const USERS = `authorization { users: [{ user: joe, password: secret }] }\n`;

/** @typedef {"nats" | "tls" | "ws" | "wss"} Scheme */

/** @import { Surroundings } from "../../test/runtimes/smoke.mjs" */

/** @returns {Promise<{ authority: string, of(scheme: Scheme): Surroundings, stop(): Promise<void> }>} */
export async function startSurroundings() {
  const folder = await mkdtemp(join(tmpdir(), "natspeed-runtimes-"));
  const certificates = await newCertificates();
  /** @type {(() => unknown)[]} */
  const stops = [() => rm(folder, { recursive: true }), () => certificates[Symbol.dispose]()];
  const stop = async () => {
    for (const end of stops.toReversed()) await end();
  };
  /** @param {string} name @param {string} config */
  const start = async (name, config) => {
    const server = await startConfigured(folder, name, config);
    stops.push(() => server.stop());
    return server;
  };
  try {
    const authority = await certificates.authority();
    const { certFile, keyFile } = await authority.issue();
    const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
    const inClear = withWebSocket("no_tls: true");
    const secured = `${tls}\n${withWebSocket(tls)}`;
    const clear = await startPair(start, "clear", inClear);
    const secure = await startPair(start, "tls", secured);
    const proxies = {
      nats: await openProxy(clear.open.port),
      ws: await openProxy(webSocketPort(clear.open)),
      tls: await openProxy(secure.open.port),
      wss: await openProxy(webSocketPort(secure.open)),
    };
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
      authority: authority.cert,
      of: (scheme) => {
        const { guarded } = scheme === "tls" || scheme === "wss" ? secure : clear;
        const guardedPort = scheme === "ws" || scheme === "wss" ? webSocketPort(guarded) : guarded.port;
        return {
          url: `${scheme}://127.0.0.1:${proxies[scheme].port}`,
          cutUrl: `http://127.0.0.1:${cutPort}/`,
          guardedUrl: `${scheme}://127.0.0.1:${guardedPort}`,
          refusedUrl: `${scheme}://127.0.0.1:${refused}`,
          ...(scheme === "tls" ? { unnamedTlsUrl: `nats://127.0.0.1:${proxies.tls.port}` } : {}),
        };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * A server for everybody, and one that wants a password.
 *
 * @param {(name: string, config: string) => Promise<import("../nats-server.mjs").RunningServer>} start
 * @param {string} name
 * @param {string} config
 */
async function startPair(start, name, config) {
  return { open: await start(name, config), guarded: await start(`guarded-${name}`, config + USERS) };
}

/** A server with JetStream that takes WebSockets as well. @param {string} how */
function withWebSocket(how) {
  return `jetstream: enabled\nwebsocket { host: "127.0.0.1", port: -1, ${how} }\n`;
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

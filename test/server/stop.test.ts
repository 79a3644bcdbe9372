import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { connect as connectClient } from "../../src/index.ts";
import { type NatsServer, startServer } from "../../src/server/index.ts";
import { useTls } from "../support/tls-server.ts";

const tls = useTls();

/** Half of what a WebSocket begins with. */
const HALF = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: webs";
/** The beginning of a TLS handshake, of which the rest doesn't come. */
const HELLO = Buffer.from("16030100c8010000c40303", "hex");

/** What a peer has said when the server stops, and for which of its listeners. */
const PEERS: readonly [name: string, isSecure: boolean, says: string | Buffer][] = [
  ["ws, silent", false, ""],
  ["ws, half a request", false, HALF],
  ["wss, silent", true, ""],
  ["wss, in the middle of the handshake", true, HELLO],
];

function portOf(url: string): number {
  return Number(new URL(url).port);
}

/** A socket that the server has accepted. */
async function open(server: NatsServer, says: string | Buffer): Promise<Socket> {
  const socket = connect(portOf(server.websocketUrl), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "connect");
  socket.write(says);
  await settle(server);
  return socket;
}

/** Waits for a connection of its own: what came before it has been seen. */
async function settle(server: NatsServer): Promise<void> {
  const servers = server.websocketUrl;
  const nc = await connectClient(servers.startsWith("wss") ? { servers, tls: tls.setup.trust() } : servers);
  await nc.close();
}

async function start(isSecure: boolean): Promise<NatsServer> {
  const { cert, key } = tls.setup.server;
  return await startServer({ websocket: isSecure ? { tls: { cert, key } } : {} });
}

test.each(PEERS)("stop() leaves no peer: %s", async (_, isSecure, says) => {
  const server = await start(isSecure);
  const socket = await open(server, says);
  const closed = once(socket, "close");
  await server.stop();
  await closed;
});

test("stop() leaves no peer: wss, half a request", async () => {
  const server = await start(true);
  const socket = connectTls({
    port: portOf(server.websocketUrl),
    host: "127.0.0.1",
    ca: tls.setup.authority.cert,
  });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  socket.write(HALF);
  await settle(server);
  const closed = once(socket.resume(), "close");
  await server.stop();
  await closed;
});

test("those who refuse newcomers keep who is in, and send away who is not", async () => {
  await using server = await start(false);
  const socket = await open(server, HALF);
  await using nc = await connectClient({ servers: server.websocketUrl, reconnect: false });
  const closed = once(socket, "close");
  await server.faults.refuse();
  await closed;
  expect((await nc.rtt()) >= 0).toBe(true);
});

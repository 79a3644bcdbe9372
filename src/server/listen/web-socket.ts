import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocketServer } from "ws";
import type { OpenDoor } from "../doors.ts";
import type { Link } from "../link.ts";
import type { ServerWebSocketOptions } from "../server-options.ts";
import { Lobby } from "./lobby.ts";
import { checkUpgrade, isLeafNode, refusal, simplify } from "./upgrade-check.ts";
import { WebSocketLink } from "./web-socket-link.ts";

/** Bytes that a frame may have, at least: what nats-server allows a compressed one at most. */
const MAX_FRAME = 64 * 1024 * 1024;

/** Milliseconds that one who is refused has to end its side. */
const END_LIMIT = 1000;

/** As nats-server compresses: each message by itself, and none of 64 bytes or less. */
const COMPRESSION = { serverNoContextTakeover: true, clientNoContextTakeover: true, threshold: 65 };

/** Listens for WebSockets, at any path; `accept` takes each client, with the port that it came in by. */
export async function listenWebSocket(
  where: { readonly host: string; readonly port: number },
  options: ServerWebSocketOptions,
  maxPayload: number,
  accept: (link: Link, port: number) => void,
): Promise<OpenDoor> {
  const isSecure = options.tls !== undefined;
  const webSockets = await newUpgrader(options, maxPayload);
  const server = newServer(options);
  const lobby = new Lobby(server);
  server.listen(where);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.on("request", (request) => {
    refuse(request.socket, checkUpgrade(request, isSecure, options) ?? 400);
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const status = checkUpgrade(request, isSecure, options);
    if (status === undefined) {
      simplify(request);
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        lobby.leave(request.socket);
        // As nats-server does: without a word.
        if (isLeafNode(request)) webSocket.terminate();
        else accept(new WebSocketLink(webSocket, request), port);
      });
    } else refuse(socket, status);
  });
  return {
    url: `${isSecure ? "wss" : "ws"}://${where.host.includes(":") ? `[${where.host}]` : where.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // It would wait for them; whoever has not become a WebSocket is out.
        lobby.clear();
      }),
  };
}

function newServer({ tls }: ServerWebSocketOptions): Server {
  if (tls === undefined) return createServer();
  return createSecureServer({
    cert: tls.cert as Buffer,
    key: tls.key as Buffer,
    ...(tls.ca === undefined ? {} : { ca: tls.ca as Buffer[] }),
    requestCert: tls.verify === true,
    rejectUnauthorized: tls.verify === true,
  });
}

/** Makes WebSockets of connections that ask for one. */
async function newUpgrader(
  { compression }: ServerWebSocketOptions,
  maxPayload: number,
): Promise<WebSocketServer> {
  const { WebSocketServer } = await import("ws");
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // The link answers PINGs itself, at a bounded cost.
    autoPong: false,
    perMessageDeflate: compression === true && COMPRESSION,
    // Text is taken as bytes.
    skipUTF8Validation: true,
    // Frames are no messages; but ws keeps one in memory until it is whole.
    maxPayload: Math.max(MAX_FRAME, 2 * maxPayload),
  });
}

/** Whatever still comes is read and dropped: an end with something unread is a reset, which can take the answer along. */
function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => undefined);
  socket.end(refusal(status));
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), END_LIMIT);
  socket.once("close", () => clearTimeout(timer));
}

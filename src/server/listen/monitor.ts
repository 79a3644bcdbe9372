import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import type { OpenDoor, Ports } from "../doors.ts";
import type { Hub } from "../hub.ts";
import { certificateEnd } from "./tls-terms.ts";
import { connz } from "../monitor/connz.ts";
import { healthz } from "../monitor/healthz.ts";
import { indexPage } from "../monitor/index-page.ts";
import { BadQuery } from "../monitor/query.ts";
import { subsz } from "../monitor/subsz.ts";
import { type Listening, type Machine, varz } from "../monitor/varz.ts";

type Pages = Readonly<Record<string, (response: ServerResponse, query: URLSearchParams) => void>>;

/** Pages that are counted under another name. */
const ALIASES: Readonly<Record<string, string>> = { "/subscriptionsz": "/subsz" };

/** Milliseconds that a request may take to come in. */
const HEAD_LIMIT = 5000;

/** Listens for whoever wants to look at the server; `ports` are those of its clients. */
export async function listenMonitor(
  hub: Hub,
  where: { readonly host: string; readonly port: number },
  ports: Ports,
): Promise<OpenDoor> {
  const server = createServer({ headersTimeout: HEAD_LIMIT });
  server.listen(where);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const listening = {
    host: hub.options.host,
    port: ports.tcp ?? 0,
    webSocketPort: ports.websocket ?? 0,
    monitorHost: where.host,
    monitorPort: port,
    ...certificates(hub),
  };
  const requests: Record<string, number> = {};
  const pages = pagesOf(hub, listening, requests);
  server.on("request", (request, response) => answer(request, response, pages, requests));
  return {
    url: `http://${where.host}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The pages by path; `requests` counts what was asked for. */
function pagesOf(hub: Hub, listening: Listening, requests: Readonly<Record<string, number>>): Pages {
  return {
    "/": (response) => reply(response, 200, "text/html; charset=utf-8", indexPage(hub.name)),
    "/varz": (response) => replyPretty(response, varz(hub, listening, machine(), requests)),
    "/connz": (response, query) => replyPretty(response, connz(hub, query)),
    "/subsz": (response, query) => replyPretty(response, subsz(hub, query)),
    "/subscriptionsz": (response, query) => replyPretty(response, subsz(hub, query)),
    "/healthz": (response, query) => {
      const { status, document } = healthz(query);
      replyJson(response, status, JSON.stringify(document));
    },
  };
}

/** Answers a request, and counts it. */
function answer(
  { url = "/" }: IncomingMessage,
  response: ServerResponse,
  pages: Pages,
  requests: Record<string, number>,
): void {
  const [path = "", query] = url.split(/\?(.*)/s);
  const page = pages[path];
  if (page === undefined) {
    replyPlain(response, 404, "404 page not found\n", { "X-Content-Type-Options": "nosniff" });
    return;
  }
  const counted = ALIASES[path] ?? path;
  requests[counted] = (requests[counted] ?? 0) + 1;
  try {
    page(response, new URLSearchParams(query));
  } catch (thrown) {
    if (thrown instanceof BadQuery) replyPlain(response, 400, thrown.message);
    // As Go's HTTP server does with a handler that fails.
    else response.destroy();
  }
}

function replyPretty(response: ServerResponse, document: object): void {
  replyJson(response, 200, JSON.stringify(document, undefined, 2));
}

function replyJson(response: ServerResponse, status: number, body: string): void {
  reply(response, status, "application/json", body, { "Access-Control-Allow-Origin": "*" });
}

function replyPlain(response: ServerResponse, status: number, body: string, headers: object = {}): void {
  reply(response, status, "text/plain; charset=utf-8", body, headers);
}

function reply(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: object = {},
): void {
  const size = Buffer.byteLength(body);
  response.writeHead(status, { "Content-Type": type, "Content-Length": size, ...headers });
  response.end(body);
}

/** When the certificates end. */
function certificates({ options: { tls, websocket } }: Hub): Pick<Listening, "tlsEnds" | "webSocketTlsEnds"> {
  return {
    tlsEnds: tls === undefined ? undefined : certificateEnd(tls.cert),
    webSocketTlsEnds: websocket?.tls === undefined ? undefined : certificateEnd(websocket.tls.cert),
  };
}

function machine(): Machine {
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6 / process.uptime()) * 100;
  return { cores: availableParallelism(), memory: process.memoryUsage.rss(), cpu: Math.round(cpu) };
}

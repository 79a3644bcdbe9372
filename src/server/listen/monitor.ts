import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import type { OpenDoor } from "../doors.ts";
import type { Hub } from "../hub.ts";
import { connz } from "../monitor/connz.ts";
import { indexPage } from "../monitor/index-page.ts";
import { BadQuery } from "../monitor/query.ts";
import { subsz } from "../monitor/subsz.ts";
import { type Machine, varz } from "../monitor/varz.ts";

/** Listens for whoever wants to look at the server; `clientPort` is where its clients come in. */
export async function listenMonitor(
  hub: Hub,
  where: { readonly host: string; readonly port: number },
  clientPort: number,
): Promise<OpenDoor> {
  const requests: Record<string, number> = {};
  const server = createServer((request, response) => answer(request, response));
  server.listen(where);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://server");
    const page = pages[pathname];
    if (page === undefined) {
      reply(response, 404, "text/plain; charset=utf-8", "404 page not found\n");
      return;
    }
    requests[pathname] = (requests[pathname] ?? 0) + 1;
    try {
      const made = page(searchParams);
      if (typeof made === "string") reply(response, 200, "text/html; charset=utf-8", made);
      else reply(response, 200, "application/json", JSON.stringify(made, undefined, 2));
    } catch (thrown) {
      if (!(thrown instanceof BadQuery)) throw thrown;
      reply(response, 400, "text/plain; charset=utf-8", thrown.message);
    }
  }

  const { host } = hub.limits;
  const listening = { host, port: clientPort, monitorHost: where.host, monitorPort: port };
  const pages: Readonly<Record<string, (query: URLSearchParams) => object | string>> = {
    "/": () => indexPage(hub.name),
    "/varz": () => varz(hub, listening, machine(), requests),
    "/connz": (query) => connz(hub, query),
    "/subsz": (query) => subsz(hub, query),
    "/subscriptionsz": (query) => subsz(hub, query),
    "/healthz": () => ({ status: "ok" }),
  };
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

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "Content-Type": type, "Access-Control-Allow-Origin": "*" });
  response.end(body);
}

function machine(): Machine {
  const { user, system } = process.cpuUsage();
  const cpu = ((user + system) / 1e6 / process.uptime()) * 100;
  return { cores: availableParallelism(), memory: process.memoryUsage.rss(), cpu: Math.round(cpu) };
}

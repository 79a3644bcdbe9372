import { expect } from "vitest";
import { type NatsServer, startServer as startInProcess } from "../../src/server/index.ts";
import { eventually } from "./eventually.ts";
import { readConfiguration } from "../in-process/configuration.mjs";
import { toServerOptions } from "../in-process/options.mjs";
import { startServer as launchServer } from "../../scripts/nats-server.mjs";

/** Where to look at a server, which may be a nats-server or the one of this package. */
export interface ServerAtHand {
  readonly isOurs: boolean;
  readonly port: number;
  /** Of the WebSocket listener; 0 without one. */
  readonly webSocketPort: number;
  /** Asks for a monitoring page. */
  page(path: string, method?: string): Promise<Page>;
}

interface Page {
  readonly status: number;
  readonly type: string | null;
  readonly origin: string | null;
  readonly body: string;
}

/**
 * Does the same with a nats-server and with a server in this process, both with this configuration, and expects to see
 * the same; resolves with that.
 */
export async function expectSame<T>(config: string, look: (server: ServerAtHand) => Promise<T>): Promise<T> {
  const theirs = await withNatsServer(config, look);
  const ours = await withOurs(config, look);
  expect(ours).toEqual(theirs);
  return ours;
}

/** Does something with a nats-server for the time that it takes. */
async function withNatsServer<T>(config: string, body: (server: ServerAtHand) => Promise<T>): Promise<T> {
  const server = await launchServer({ config });
  try {
    const webSocketPort = portOf(server.ports.websocket?.[0]);
    const monitor = server.ports.monitoring?.[0] ?? "";
    const page = pages(monitor);
    // Whoever looked whether it is up may still be there.
    await eventually(async () => {
      const { total } = JSON.parse((await page("/connz")).body) as { total: number };
      expect(total).toBe(0);
    });
    return await body({ isOurs: false, port: server.port, webSocketPort, page });
  } finally {
    await server.stop();
  }
}

/** The same with a server in this process; `observe` gets the server itself. */
export async function withOurs<T>(
  config: string,
  body: (server: ServerAtHand, itself: NatsServer) => Promise<T>,
): Promise<T> {
  const options = toServerOptions(readConfiguration(config));
  await using server = await startInProcess({ ...options, monitor: {} });
  const webSocketPort = options.websocket === undefined ? 0 : portOf(server.websocketUrl);
  const port = portOf(server.url);
  return await body({ isOurs: true, port, webSocketPort, page: pages(server.monitorUrl) }, server);
}

function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}

function pages(monitor: string): ServerAtHand["page"] {
  return async (path, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${portOf(monitor)}${path}`, { method });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      origin: response.headers.get("access-control-allow-origin"),
      body: await response.text(),
    };
  };
}

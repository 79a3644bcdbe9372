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
  /** Begins lame duck mode. */
  lameDuck(): void;
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
  const { server, stop } = await openNatsServer(config);
  try {
    return await body(server);
  } finally {
    await stop();
  }
}

/** The same with a server in this process; `observe` gets the server itself. */
export async function withOurs<T>(
  config: string,
  body: (server: ServerAtHand, itself: NatsServer) => Promise<T>,
): Promise<T> {
  const { server, itself, stop } = await openOurs(config);
  try {
    return await body(server, itself);
  } finally {
    await stop();
  }
}

/** Both kinds of server with the same configuration. */
export interface BothServers {
  readonly theirs: ServerAtHand;
  readonly ours: ServerAtHand;
  stop(): Promise<void>;
}

export async function openBoth(config: string): Promise<BothServers> {
  const theirs = await openNatsServer(config);
  try {
    const ours = await openOurs(config);
    const stop = async (): Promise<void> => {
      await Promise.all([theirs.stop(), ours.stop()]);
    };
    return { theirs: theirs.server, ours: ours.server, stop };
  } catch (error) {
    await theirs.stop();
    throw error;
  }
}

async function openNatsServer(config: string): Promise<{ server: ServerAtHand; stop: () => Promise<void> }> {
  const launched = await launchServer({ config });
  const stop = async (): Promise<void> => {
    await launched.stop();
  };
  try {
    const page = pages(launched.ports.monitoring?.[0]);
    // Whoever looked whether it is up may still be there.
    await eventually(async () => {
      const { total } = JSON.parse((await page("/connz")).body) as { total: number };
      expect(total).toBe(0);
    });
    const webSocketPort = portOf(launched.ports.websocket?.[0]);
    const lameDuck = (): void => launched.lameDuck();
    return { server: { isOurs: false, port: launched.port, webSocketPort, page, lameDuck }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openOurs(
  config: string,
): Promise<{ server: ServerAtHand; itself: NatsServer; stop: () => Promise<void> }> {
  const options = toServerOptions(readConfiguration(config));
  const itself = await startInProcess({ ...options, monitor: {} });
  const server: ServerAtHand = {
    isOurs: true,
    port: portOf(itself.url),
    webSocketPort: options.websocket === undefined ? 0 : portOf(itself.websocketUrl),
    page: pages(itself.monitorUrl),
    lameDuck: () => void itself.lameDuck(),
  };
  return { server, itself, stop: () => itself.stop() };
}

function portOf(url: string | undefined): number {
  return url === undefined ? 0 : Number(new URL(url).port);
}

function pages(monitor: string | undefined): ServerAtHand["page"] {
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

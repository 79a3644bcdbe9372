import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import type { NatsServer } from "../../src/server/index.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { RawClient } from "../support/raw-client.ts";

/** Both ways to the server: what a client's options are for each. */
export const WAYS: [way: string, reach: (server: NatsServer) => ConnectOptions][] = [
  ["over TCP", (server) => ({ servers: server.url })],
  ["in memory", (server) => server.inMemory],
];

/** A client that comes back quickly. */
export async function join(
  reach: ConnectOptions,
  name: string,
  options: ConnectOptions = {},
): Promise<Connection> {
  return await connect({ ...reach, name, reconnect: QUICK_RECONNECT, ...options });
}

/** A raw client that has connected under a name. */
export async function rawPeer(server: NatsServer, name = "raw"): Promise<RawClient> {
  const raw = await RawClient.connect(Number(new URL(server.url).port));
  await raw.until(
    "PONG\r\n",
    `CONNECT {"verbose":false,"name":"${name}","protocol":1,"headers":true}\r\nPING\r\n`,
  );
  // An INFO follows the first PONG.
  await raw.until(/PONG\r\nINFO .*\r\n/);
  return raw;
}

/** What a raw client receives from now on. */
export function since(raw: RawClient): () => string {
  const { length } = raw.received;
  return () => raw.received.slice(length);
}

import { once } from "node:events";
import { createServer } from "node:net";
import { listen } from "./listen.ts";

/** A port of 127.0.0.1 on which nobody listens. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, "close");
  return port;
}

/** The URL of a server that refuses connections. */
export async function refusedUrl(): Promise<string> {
  return `nats://127.0.0.1:${await refusedPort()}`;
}

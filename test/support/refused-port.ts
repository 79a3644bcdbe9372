import { createServer } from "node:net";
import { HeldPort } from "./held-port.ts";
import { listen } from "./listen.ts";

/** A port of 127.0.0.1 on which nobody listens, and which nobody gets who does not ask for it, as long as this process runs. */
export async function refusedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  const held = await HeldPort.of(server, port);
  held.unref();
  server.close();
  return port;
}

/** The URL of a server that refuses connections. */
export async function refusedUrl(): Promise<string> {
  return `nats://127.0.0.1:${await refusedPort()}`;
}

import { openDoors } from "./listen/doors.ts";
import { NatsServer } from "./nats-server.ts";
import { resolveServerOptions } from "./options.ts";
import type { ServerOptions } from "./server-options.ts";

/**
 * Starts a NATS server inside the process, for development and tests; production is nats-server and its clusters. It
 * listens on a free port of 127.0.0.1 unless the options say otherwise, and can be reached in memory too.
 *
 * Rejects with `INVALID_OPTION`, or with what the system says if it can't listen.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { startServer } from "natspeed/server";
 *
 * await using server = await startServer();
 * await using nc = await connect(server.url);
 * nc.subscribe("time", { callback: (m) => m.respond(new Date().toISOString()) });
 * console.log((await nc.request("time")).string());
 * ```
 */
export async function startServer(options: ServerOptions = {}): Promise<NatsServer> {
  return await NatsServer.start(resolveServerOptions(options), openDoors);
}

export * from "./server.ts";

import { invalidOption } from "../core/checks.ts";
import type { OpenAll } from "./doors.ts";
import { NatsServer } from "./nats-server.ts";
import { resolveServerOptions } from "./options.ts";
import type { ServerOptions } from "./server-options.ts";

// Nothing listens here.
const openNothing: OpenAll = () => Promise.resolve({});

const DOORS = ["port", "tls", "websocket", "monitor"] as const;

/**
 * Starts a NATS server inside the page or worker, for development and tests. It is reached in memory only: see
 * `inMemory` of the server.
 *
 * Rejects with `INVALID_OPTION`, also for options of listening: a browser can't.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { startServer } from "natspeed/server";
 *
 * await using server = await startServer();
 * await using nc = await connect(server.inMemory);
 * nc.publish("greet.joe", "hello");
 * ```
 */
export async function startServer(options: ServerOptions = {}): Promise<NatsServer> {
  const resolved = resolveServerOptions(options);
  for (const door of DOORS) {
    if (options[door] !== undefined && options[door] !== false) {
      throw invalidOption(door, "nothing can listen in a browser; connect with the server's inMemory");
    }
  }
  return await NatsServer.start(resolved, openNothing);
}

export * from "./server.ts";

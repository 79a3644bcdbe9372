import { watchWake } from "./browser/wake.ts";
import { warn } from "./browser/warn.ts";
import type { Connection } from "./core/connection/connection.ts";
import { openConnection } from "./core/connection/open-connection.ts";
import { LateWarnings } from "./core/connection/late-warnings.ts";
import type { ConnectOptions } from "./core/connect-options.ts";
import type { Platform } from "./core/transport.ts";
import { webSocketDialler } from "./transport/web-socket.ts";

const dial = webSocketDialler(({ url }) => new WebSocket(url));

const PLATFORM: Platform = {
  dialers: { ws: dial, wss: dial },
  defaultScheme: "wss",
  isBrowser: true,
  watchWake,
  warnings: (name, code) => new LateWarnings(name, warn, code),
};

/**
 * Connects to a NATS server over WebSocket: to the URL given, or as the options say. `servers` is needed; a URL without
 * a scheme is taken as `wss://`.
 *
 * Rejects with `INVALID_OPTION` or `INVALID_SERVER_URL` before anything is dialled; with the error of the server if
 * there is one or all failed alike (`DIAL_FAILED`, which a browser gives no reason for, `CONNECT_TIMEOUT`,
 * `AUTHORIZATION_VIOLATION`, …); with `NO_SERVERS` if several failed in several
 * ways, each of which its `attempts` name; with `ABORTED` by the signal. Nothing is left open then.
 *
 * A browser that slept, was offline or has shown another page probes its link at once when it is back.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 *
 * const nc = await connect({ servers: ["ws://127.0.0.1:8080"], name: "dashboard" });
 * nc.publish("greet.joe", "hello");
 * await nc.drain();
 * ```
 */
export function connect(options: ConnectOptions | string): Promise<Connection>;
export function connect(options: ConnectOptions | string, behind?: unknown): Promise<Connection> {
  return openConnection(options, PLATFORM, behind);
}

export * from "./client.ts";

import type { Connection } from "./core/connection/connection.ts";
import * as code from "./core/connection/on-demand.ts";
import { openConnection } from "./core/connection/open-connection.ts";
import { Warnings } from "./core/connection/warnings.ts";
import type { ConnectOptions } from "./core/connect-options.ts";
import type { Platform } from "./core/transport.ts";
import { checkTlsNames } from "./core/tls-option-names.ts";
import { CHANNELS } from "./node/channels.ts";
import { FORMER_NAMES } from "./node/former-names.ts";
import { loggedIfAsked } from "./node/protocol-log.ts";
import { warn } from "./node/warn.ts";
import { checkTls } from "./transport/check-tls.ts";
import { dialNodeWebSocket } from "./transport/node-web-socket.ts";
import { dialTcp } from "./transport/tcp.ts";

const PLATFORM: Platform = {
  dialers: loggedIfAsked({
    nats: dialTcp,
    tls: dialTcp,
    tcp: dialTcp,
    ws: dialNodeWebSocket,
    wss: dialNodeWebSocket,
  }),
  defaultServer: "nats://127.0.0.1:4222",
  defaultScheme: "nats",
  code,
  checkTls: (options) => {
    checkTlsNames(options);
    checkTls(options);
  },
  formerNames: FORMER_NAMES,
  warnings: (name) => new Warnings(name, warn),
  watcher: CHANNELS,
};

/**
 * Connects to a NATS server: to `nats://127.0.0.1:4222`, to the URL given, or as the options say. Over TCP, TLS or, with
 * `ws://` and `wss://`, WebSocket.
 *
 * Rejects with `INVALID_OPTION` or `INVALID_SERVER_URL` before anything is dialled; with the error of the server if there is
 * one or all failed alike (`CONNECTION_REFUSED`, `DNS_FAILED`, `DIAL_FAILED`, `CONNECT_TIMEOUT`, `NOT_A_NATS_SERVER`,
 * `TLS_REQUIRED`, `UPGRADE_REFUSED`, `AUTHORIZATION_VIOLATION`, …); with `NO_SERVERS` if several failed in several ways, each
 * of which its `attempts` name; with `ABORTED` by the signal. Nothing is left open then.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 *
 * const nc = await connect({ servers: ["nats://127.0.0.1:4222"], name: "billing" });
 * nc.publish("greet.joe", "hello");
 * await nc.drain();
 * ```
 */
export function connect(options?: ConnectOptions | string): Promise<Connection>;
export function connect(options: ConnectOptions | string = {}, behind?: unknown): Promise<Connection> {
  return openConnection(options, PLATFORM, behind);
}

export * from "./client.ts";
export { credsFileAuthenticator, nkeyFileAuthenticator } from "./files/credentials-files.ts";

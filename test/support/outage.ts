import { connect, type Connection, type ConnectOptions } from "../../src/index.ts";
import { EventLog } from "./event-log.ts";
import { type RunningServer, withServer } from "./nats-server.ts";

/** Pauses that keep a test short. */
export const QUICK_RECONNECT = { delay: 10, maxDelay: 50 };

/** A connection whose server can be killed and started again. */
export interface Outage {
  readonly nc: Connection;
  readonly log: EventLog;
  readonly server: RunningServer;
  /** Kills the server; resolves when the client has noticed. */
  readonly down: () => Promise<void>;
  /** Starts it again on the same port; resolves when the client is back. */
  readonly up: () => Promise<void>;
}

/** A real server and a connection to it for the time that `body` takes. */
export async function withOutage(
  options: ConnectOptions,
  body: (outage: Outage) => Promise<void>,
): Promise<void> {
  await withServer({}, async (server) => {
    await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT, ...options });
    const log = new EventLog(nc);
    let outages = 0;
    const down = async (): Promise<void> => {
      await server.kill();
      await log.wait("disconnected", ++outages);
    };
    const up = async (): Promise<void> => {
      await server.restart();
      await log.wait("reconnected", outages);
    };
    await body({ nc, log, server, down, up });
  });
}

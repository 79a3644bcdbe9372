import { withStackOfCaller } from "../caller-stack.ts";
import type { NatsError } from "../errors.ts";
import type { ConnectOptions } from "../connect-options.ts";
import { type ResolvedOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../transport.ts";
import { Connection } from "./connection.ts";

/** Connects. Rejects as the `connect` of an entry says; then nothing is left open. */
export async function openConnection(given: ConnectOptions, platform: Platform): Promise<Connection> {
  const options = resolveOptions(given, platform.formerNames);
  const connect = (): Promise<Connection> => connected(options, platform);
  const { watcher } = platform;
  return await (watcher === undefined ? connect() : watcher.connect({ name: options.name }, connect));
}

async function connected(options: ResolvedOptions, platform: Platform): Promise<Connection> {
  const connection = new Connection(options, platform);
  const { events, lifecycle } = connection.parts;
  events.hold();
  try {
    await lifecycle.connect();
  } catch (thrown) {
    throw withStackOfCaller(thrown as NatsError);
  }
  // CONN-03, a turn later: what follows `await connect()` has added its listeners by then.
  setTimeout(() => events.release());
  return connection;
}

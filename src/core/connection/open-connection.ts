import { withStackOfCaller } from "../caller-stack.ts";
import { invalidOption } from "../invalid-option.ts";
import type { NatsError } from "../errors.ts";
import type { ConnectOptions } from "../connect-options.ts";
import { type ResolvedOptions, resolveOptions } from "../options.ts";
import type { Platform } from "../transport.ts";
import { Connection } from "./connection.ts";

/**
 * Connects to a URL, or as options say. Rejects as the `connect` of an entry says; then nothing is left open. `behind` is what an
 * application has given beside that.
 */
export async function openConnection(
  given: ConnectOptions | string,
  platform: Platform,
  behind?: unknown,
): Promise<Connection> {
  // Other clients take options behind a URL. A number comes from `urls.map(connect)`.
  if (typeof behind === "object" && behind !== null)
    throw invalidOption("options", "all are in one object: connect({ servers: url, … })");
  const options = resolveOptions(
    typeof given === "string" ? { servers: given } : given,
    platform.formerNames,
  );
  const connect = (): Promise<Connection> => connected(options, platform);
  const { watcher } = platform;
  return await (watcher === undefined ? connect() : watcher.connect({ name: options.name }, connect));
}

async function connected(options: ResolvedOptions, platform: Platform): Promise<Connection> {
  try {
    const connection = new Connection(options, platform);
    const { events, lifecycle } = connection.parts;
    events.hold();
    await lifecycle.connect();
    // CONN-03, a turn later: what follows `await connect()` has added its listeners by then.
    setTimeout(() => events.release());
    return connection;
  } catch (thrown) {
    throw withStackOfCaller(thrown as NatsError);
  }
}

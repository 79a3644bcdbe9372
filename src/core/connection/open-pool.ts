import { invalidOption } from "../checks.ts";
import type { ResolvedOptions } from "../options.ts";
import { ServerPool } from "../servers/server-pool.ts";
import type { Platform } from "../transport.ts";

/** The servers of the options, or the runtime's own. Throws `INVALID_SERVER_URL` or `INVALID_OPTION`. */
export function openPool({ servers, dial, randomize }: ResolvedOptions, platform: Platform): ServerPool {
  const { defaultServer, defaultScheme, dialers } = platform;
  const urls = servers ?? (defaultServer === undefined ? undefined : [defaultServer]);
  if (urls === undefined) throw invalidOption("servers", "it is needed here, for example wss://host");
  const dialable = dial === undefined ? Object.keys(dialers) : [];
  return new ServerPool(urls, { dialable, default: defaultScheme }, randomize);
}

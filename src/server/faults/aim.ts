import { invalidOption } from "../../core/checks.ts";
import type { Client } from "../session/client.ts";
import type { Injector } from "./injector.ts";
import type { Only } from "./only.ts";

/** Names of connections that an error lists. */
const SHOWN = 10;

/**
 * The connections that a fault of the moment hits. Throws `INVALID_OPTION` if `only` picks none: a test that waits for the
 * fault's effect would wait for ever.
 */
export function aim(injector: Injector, only: Only | undefined): Client[] {
  const clients = injector.victims(only);
  if (only !== undefined && clients.length === 0) {
    throw invalidOption("only", `it picks no connection: ${whoIsThere(injector)}`);
  }
  return clients;
}

function whoIsThere(injector: Injector): string {
  const all = injector.victims();
  if (all.length === 0) return "nobody is connected";
  const shown = all.slice(0, SHOWN).map(({ id, request: { name } }) => {
    return name === "" ? String(id) : `${id} (${JSON.stringify(name)})`;
  });
  const rest = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return `connected ${all.length === 1 ? "is" : "are"} ${shown.join(", ")}${rest}`;
}

import { type Check, invalidOption } from "../../core/checks.ts";
import { type ConnectionView, viewOf } from "../connection-view.ts";
import type { Client } from "../session/client.ts";

/** Picks connections: the name that the client gave itself, the server's id for it, or what a function says. */
export type Only = string | number | ((connection: ConnectionView) => boolean);

export const anOnly: Check<Only> = (name, value) => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "function")
    return value as Only;
  throw invalidOption(name, `it must be a connection's name, its id or a function, not ${typeof value}`);
};

export function isPicked(only: Only | undefined, client: Client): boolean {
  if (only === undefined) return true;
  if (typeof only === "string") return client.request.name === only;
  return typeof only === "number" ? client.id === only : only(viewOf(client));
}

import type { ConnectOptions } from "../../src/index.ts";
import type { ServerAccess } from "./nats-server.ts";

/** What a user may do; everything where a list is missing. */
export interface Permissions {
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
}

const PASSWORD = "secret";

/** The part of a server's configuration that makes users, by their names. */
export function restrictedUsers(users: Readonly<Record<string, Permissions>>): string {
  const entries = Object.entries(users).map(([user, permissions]) => ({
    user,
    password: PASSWORD,
    ...(Object.keys(permissions).length === 0 ? {} : { permissions }),
  }));
  // A configuration may be written as JSON.
  return `authorization: ${JSON.stringify({ users: entries })}`;
}

/** How one of these users connects. */
export function asUser({ url }: ServerAccess, user: string): ConnectOptions {
  return { servers: url, user, password: PASSWORD };
}

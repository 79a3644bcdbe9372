import type { StoredMessage } from "../message/stored-message.ts";

const PIN = "Nats-Pin-Id";

/** `Nats-Pin-Id: `, 22 characters, CR LF; and what headers have around them. */
const LINE = 37;
const AROUND = 12;

// JS-CON-22
/** The id of the pinned client, which a server puts into each message that it sends to it. */
export function pinIn({ headers }: StoredMessage): string | undefined {
  return headers?.get(PIN);
}

// JS-PULL-13
/** The bytes of a message that are there for the pin, and that a server does not count. */
export function pinBytes({ headers }: StoredMessage): number {
  if (headers?.has(PIN) !== true) return 0;
  return headers.size === 1 ? LINE + AROUND : LINE;
}

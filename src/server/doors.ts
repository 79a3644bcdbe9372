import type { Entrance } from "./greeting.ts";
import type { Hub } from "./hub.ts";
import type { Link } from "./link.ts";

/** Something that is open to clients, or to whoever monitors. */
export interface OpenDoor {
  readonly url: string;
  readonly port: number;
  /** Takes no more; those who are in stay. Resolves when the last who came in by it is gone. */
  close(): Promise<void>;
}

/** All that a server has open. */
export interface OpenDoors {
  readonly tcp?: OpenDoor;
  readonly websocket?: OpenDoor;
  readonly monitor?: OpenDoor;
}

/** Ports by door; 0 for any that is free. */
export type Ports = Readonly<Partial<Record<keyof OpenDoors, number>>>;

/** Takes each who comes in. */
export type Accept = (link: Link, entrance: Entrance) => void;

/**
 * Opens the doors that the hub's options ask for. The entry points pass it in, for what a runtime can open differs.
 * Rejects with nothing left open.
 */
export type OpenAll = (hub: Hub, ports: Ports, accept: Accept) => Promise<OpenDoors>;

export function portsOf(doors: OpenDoors): Ports {
  return Object.fromEntries(Object.entries(doors).map(([name, door]) => [name, (door as OpenDoor).port]));
}

/** Closes all that is open; resolves when all who came in are gone. */
export async function closeDoors(doors: OpenDoors): Promise<void> {
  const all: OpenDoor[] = Object.values(doors);
  await Promise.all(all.map((door) => door.close()));
}

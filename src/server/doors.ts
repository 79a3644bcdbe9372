import type { Entrance } from "./greeting.ts";
import type { Hub } from "./hub.ts";
import type { Link } from "./link.ts";

/** A listener for clients, or for the monitoring page. */
export interface OpenDoor {
  readonly url: string;
  readonly port: number;
  /** Accepts nobody any more; existing connections stay. Resolves when the last connection that came in by it is gone. */
  close(): Promise<void>;
}

/** All listeners of a server. */
export interface OpenDoors {
  readonly tcp?: OpenDoor;
  readonly websocket?: OpenDoor;
  readonly monitor?: OpenDoor;
}

/** Ports by door; 0 for any that is free. */
export type Ports = Readonly<Partial<Record<keyof OpenDoors, number>>>;

/** Takes a new connection. */
export type Accept = (link: Link, entrance: Entrance) => void;

/**
 * Opens the doors that the hub's options ask for. Entry points pass it in because runtimes differ in what they can open.
 * When it rejects, nothing is left open.
 */
export type OpenAll = (hub: Hub, ports: Ports, accept: Accept) => Promise<OpenDoors>;

export function portsOf(doors: OpenDoors): Ports {
  return Object.fromEntries(Object.entries(doors).map(([name, door]) => [name, (door as OpenDoor).port]));
}

/** Closes all doors; resolves when all connections are gone. */
export async function closeDoors(doors: OpenDoors): Promise<void> {
  const all: OpenDoor[] = Object.values(doors);
  await Promise.all(all.map((door) => door.close()));
}

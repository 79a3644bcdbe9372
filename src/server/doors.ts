import type { Hub } from "./hub.ts";

/** Something that is open to clients, or to whoever monitors. */
export interface OpenDoor {
  readonly url: string;
  readonly port: number;
  /** Takes no more; those who are in stay. */
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

/**
 * Opens the doors that the hub's options ask for. The entry points pass it in, for what a runtime can open differs.
 * Rejects with nothing left open.
 */
export type OpenAll = (hub: Hub, ports: Ports) => Promise<OpenDoors>;

export function portsOf(doors: OpenDoors): Ports {
  return Object.fromEntries(Object.entries(doors).map(([name, door]) => [name, (door as OpenDoor).port]));
}

/** Closes all that is open. */
export async function closeDoors(doors: OpenDoors): Promise<void> {
  const all: OpenDoor[] = Object.values(doors);
  await Promise.all(all.map((door) => door.close()));
}

import { type Accept, closeDoors, type OpenAll, type OpenDoors, type Ports, portsOf } from "./doors.ts";
import type { Hub } from "./hub.ts";

/** The doors of a server, for clients and for the monitoring page. Doors that have been open open at the same ports again. */
export class Doorway {
  readonly #openAll: OpenAll;
  /** Doors that are open or have been; their ports are kept. */
  #known: OpenDoors = {};
  /** Doors that are open. */
  #open: OpenDoors = {};
  /** Doors that are shut but still have connections. */
  readonly #emptying = new Set<Promise<void>>();
  #ports: Ports = {};

  constructor(openAll: OpenAll) {
    this.#openAll = openAll;
  }

  /** Undefined if this door has never been open. */
  urlOf(door: keyof OpenDoors): string | undefined {
    return this.#known[door]?.url;
  }

  /** 0 without a door for TCP. */
  get tcpPort(): number {
    return this.#ports.tcp ?? 0;
  }

  /** Opens all doors, unless those for clients are open already. */
  async open(hub: Hub, accept: Accept): Promise<void> {
    const { tcp, websocket, ...others } = this.#open;
    if (tcp !== undefined || websocket !== undefined) return;
    // Only all can be opened together.
    this.#open = {};
    await closeDoors(others);
    this.#open = await this.#openAll(hub, this.#ports, accept);
    this.#known = this.#open;
    this.#ports = portsOf(this.#open);
  }

  /** Shuts the doors for clients; existing connections and the monitoring page stay. */
  shutClientsOut(): void {
    const { tcp, websocket, ...others } = this.#open;
    this.#open = others;
    this.#shut(pick({ tcp, websocket }));
  }

  /** Shuts all doors; existing connections stay. */
  shut(): void {
    const doors = this.#open;
    this.#open = {};
    this.#shut(doors);
  }

  /** Resolves when no connection of a shut door is left. */
  async emptied(): Promise<void> {
    await Promise.all(this.#emptying);
  }

  #shut(doors: OpenDoors): void {
    const emptied = closeDoors(doors).then(() => void this.#emptying.delete(emptied));
    this.#emptying.add(emptied);
  }
}

/** Leaves out the doors that are undefined. */
function pick(doors: { readonly [K in keyof OpenDoors]: OpenDoors[K] | undefined }): OpenDoors {
  return Object.fromEntries(Object.entries(doors).filter(([, door]) => door !== undefined));
}

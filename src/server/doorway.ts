import { type Accept, closeDoors, type OpenAll, type OpenDoors, type Ports, portsOf } from "./doors.ts";
import type { Hub } from "./hub.ts";

/** Where a server lets clients in, and whoever monitors it. Once it has opened, it opens at the same ports again. */
export class Doorway {
  readonly #openAll: OpenAll;
  /** Where it lets in, or did until it was shut. */
  #known: OpenDoors = {};
  /** Those of them that are open. */
  #open: OpenDoors = {};
  /** Doors that are shut, as long as somebody is in who came by them. */
  readonly #emptying = new Set<Promise<void>>();
  #ports: Ports = {};

  constructor(openAll: OpenAll) {
    this.#openAll = openAll;
  }

  /** Undefined if there never was such a door. */
  urlOf(door: keyof OpenDoors): string | undefined {
    return this.#known[door]?.url;
  }

  /** 0 if there is none for TCP. */
  get tcpPort(): number {
    return this.#ports.tcp ?? 0;
  }

  /** Opens all doors, unless clients can come in already. */
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

  /** Lets no clients in any more; those who are in stay, and whoever monitors. */
  shutClientsOut(): void {
    const { tcp, websocket, ...others } = this.#open;
    this.#open = others;
    this.#shut(pick({ tcp, websocket }));
  }

  /** Lets nobody in any more; those who are in stay. */
  shut(): void {
    const doors = this.#open;
    this.#open = {};
    this.#shut(doors);
  }

  /** Resolves when all are gone who came in by a door that is shut. */
  async emptied(): Promise<void> {
    await Promise.all(this.#emptying);
  }

  #shut(doors: OpenDoors): void {
    const emptied = closeDoors(doors).then(() => void this.#emptying.delete(emptied));
    this.#emptying.add(emptied);
  }
}

/** Without the doors that there are not. */
function pick(doors: { readonly [K in keyof OpenDoors]: OpenDoors[K] | undefined }): OpenDoors {
  return Object.fromEntries(Object.entries(doors).filter(([, door]) => door !== undefined));
}

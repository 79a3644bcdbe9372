import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { Fleet, Place } from "./fleet.ts";

/** How often is looked whether all is well. */
const INTERVAL = 100;

/** Servers tell each other of new interest without an acknowledgement: it has this long to spread. */
const SPREAD_MARGIN = 500;

const FLUSH_TIMEOUT = 2000;

/** A stretch of time without trouble; another object each time. */
export interface Calm {
  readonly since: number;
}

/**
 * Knows whether all is calm: no fault is active, each server runs and has a route to each other one, each connection
 * is where it says and nowhere else (no server still holds one that its client has left), and interest has spread.
 */
export class Health {
  readonly #fleet: Fleet;
  readonly #clients: readonly Client[];
  #isUnderFault = false;
  /** Counts what ended a calm, or would have. */
  #troubles = 0;
  #calm: Calm | undefined;
  /** What was in the way when it was looked last. */
  obstacle = "";

  constructor(fleet: Fleet, clients: readonly Client[]) {
    this.#fleet = fleet;
    this.#clients = clients;
  }

  get calm(): Calm | undefined {
    return this.#calm;
  }

  onFault(): void {
    this.#isUnderFault = true;
    this.onTrouble();
  }

  onFaultsOver(): void {
    this.#isUnderFault = false;
  }

  onTrouble(): void {
    this.#troubles++;
    this.#calm = undefined;
  }

  /** Looks until the signal aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#calm === undefined && !this.#isUnderFault) await this.#look();
      await sleep(INTERVAL, undefined, { signal }).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const troubles = this.#troubles;
    try {
      this.obstacle = await this.#findObstacle();
    } catch (error) {
      this.obstacle = String(error);
    }
    if (this.obstacle !== "") return;
    await sleep(SPREAD_MARGIN);
    if (troubles === this.#troubles && !this.#isUnderFault) this.#calm = { since: performance.now() };
  }

  async #findObstacle(): Promise<string> {
    const away = this.#clients.filter((client) => !client.isConnected);
    if (away.length > 0) return `not connected: ${away.map(({ name }) => name).join(", ")}`;
    await Promise.all(this.#clients.map(({ nc }) => nc.flush({ timeout: FLUSH_TIMEOUT })));
    if (!this.#fleet.routes.isWhole) return this.#fleet.routes.description;
    const seen = (await Promise.all(this.#fleet.places.map(clientNamesAt))).flat();
    const wrong = this.#clients.filter(({ name }) => seen.filter((other) => other === name).length !== 1);
    return wrong.length === 0 ? "" : `not on exactly one server: ${wrong.map(({ name }) => name).join(", ")}`;
  }
}

/** What a server knows of one connection. */
interface Known {
  readonly name?: string;
  readonly in_msgs: number;
  readonly subscriptions_list?: readonly string[];
}

/** The connections of a server, with the subjects that each subscribes to. */
export async function connectionsAt({ server }: Place): Promise<readonly Known[]> {
  const { connections } = (await server.monitor("/connz?subs=1")) as unknown as { connections: Known[] };
  return connections;
}

async function clientNamesAt(place: Place): Promise<string[]> {
  return (await connectionsAt(place)).flatMap(({ name }) => (name === undefined ? [] : [name]));
}

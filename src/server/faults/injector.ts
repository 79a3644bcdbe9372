import type { Hub, HubListener } from "../hub.ts";
import type { Link } from "../link.ts";
import { type Random, seededRandom } from "../routing/random.ts";
import type { Client } from "../session/client.ts";
import type { ClientFacts } from "../session/client-facts.ts";
import { FaultyLink } from "./faulty-link.ts";
import { type LinkFaults, NO_FAULTS } from "./link-faults.ts";
import { isPicked, type Only } from "./only.ts";
import { type DropRule, ReplyDrops } from "./reply-drops.ts";

/** How a connection is ended. */
export type DisconnectHow = "clean" | "reset" | "mid-frame";

/** A fault of some connections' links that lasts until it is cleared. */
interface LastingFault {
  readonly kind: string;
  readonly only: Only | undefined;
  readonly change: Partial<LinkFaults>;
  /** The clients that it hits. */
  readonly clients: WeakSet<ClientFacts>;
}

/** A fault that was switched on. */
export interface Switched {
  /** The connections that it hits now. */
  readonly clients: readonly Client[];
  /** Switches it off. */
  readonly end: () => void;
}

/** Applies faults to a hub's clients, their links and its accounts. */
export class Injector implements HubListener {
  readonly #log: ((line: string) => void) | undefined;
  readonly #lasting = new Set<LastingFault>();
  readonly #drops: ReplyDrops;
  readonly #bytes: Random;
  #hub!: Hub;

  constructor(seed: number, log: ((line: string) => void) | undefined) {
    this.#log = log;
    // Random numbers of its own: traffic must not change what a plan draws.
    this.#drops = new ReplyDrops(seededRandom(seed ^ 0x5bd1e995));
    this.#bytes = seededRandom(seed ^ 0x27d4eb2f);
  }

  /** Goes on with another hub. */
  attach(hub: Hub): void {
    this.#hub = hub;
    hub.listeners.add(this);
    this.#screen();
  }

  onAccept(client: Client): void {
    if (this.#lasting.size === 0) return;
    for (const fault of this.#lasting) this.#judge(fault, client);
    this.#apply(client);
  }

  onConnect(client: Client): void {
    this.onAccept(client);
  }

  /** Wraps the link of a new connection, so that faults can reach it. */
  wrap(link: Link): Link {
    return new FaultyLink(link);
  }

  /** The faults around a client's link. */
  #linkOf({ link }: ClientFacts): FaultyLink | undefined {
    return link instanceof FaultyLink ? link : undefined;
  }

  #judge({ only, clients }: LastingFault, client: Client): void {
    if (this.#holdsFor(only, client)) clients.add(client);
    else clients.delete(client);
  }

  /** To the server's log. */
  tell(line: string): void {
    this.#log?.(line);
  }

  /** For a client that has just come: if `only` throws, that goes to the log, for there is no caller to tell. */
  #holdsFor(only: Only | undefined, client: Client): boolean {
    try {
      return isPicked(only, client);
    } catch (error) {
      this.#log?.(`"only" of a fault failed for client ${client.id}: ${String(error)}`);
      return false;
    }
  }

  #apply(client: ClientFacts): void {
    let faults = NO_FAULTS;
    for (const { clients, change } of this.#lasting) {
      if (clients.has(client)) faults = { ...faults, ...change };
    }
    this.#linkOf(client)?.set(faults);
  }

  /** Also to clients that are leaving: when a fault ends, the bytes that it held back for them go on their way. */
  #applyToAll(): void {
    for (const client of this.#hub.arrivals) this.#apply(client);
    for (const client of this.#hub.leaving) this.#apply(client);
  }

  /** The connected clients that `only` picks, by name and then in the order in which they came. Throws what `only` throws. */
  victims(only?: Only): Client[] {
    const picked = [...this.#hub.clients.values()].filter((client) => isPicked(only, client));
    return picked.sort((a, b) => compare(a.request.name, b.request.name) || a.id - b.id);
  }

  disconnect(clients: readonly Client[], how: DisconnectHow): void {
    for (const client of clients) {
      if (how === "clean") client.close("Kicked");
      else if (how === "reset") client.break("Kicked", true);
      else this.#linkOf(client)?.cutNextFrame(() => client.close("Kicked"));
    }
  }

  expire(clients: readonly Client[]): void {
    for (const client of clients) client.expire();
  }

  garbage(clients: readonly Client[], size: number): void {
    for (const client of clients) {
      const bytes = Uint8Array.from({ length: size }, () => Math.floor(this.#bytes() * 256));
      this.#linkOf(client)?.inject(bytes);
    }
  }

  /** Switches on a fault of links, also for connections that come later. */
  last(kind: string, only: Only | undefined, change: Partial<LinkFaults>): Switched {
    const clients = this.victims(only);
    const fault: LastingFault = { kind, only, change, clients: new WeakSet(clients) };
    for (const client of this.#hub.arrivals) {
      if (!this.#hub.clients.has(client.id)) this.#judge(fault, client);
    }
    this.#lasting.add(fault);
    this.#applyToAll();
    const end = (): void => {
      this.#lasting.delete(fault);
      this.#applyToAll();
    };
    return { clients, end };
  }

  dropReplies(only: Only | undefined, count: number, fraction: number): Switched {
    const clients = this.victims(only);
    const rule: DropRule = {
      left: count,
      fraction,
      holdsFor: (requester) => {
        if (only === undefined) return true;
        const client = this.#hub.clientOf(requester);
        return client !== undefined && this.#holdsFor(only, client);
      },
    };
    this.#drops.add(rule);
    this.#screen();
    const end = (): void => {
      this.#drops.remove(rule);
      this.#screen();
    };
    return { clients, end };
  }

  /** Accounts are screened only while there are replies to drop. */
  #screen(): void {
    const drops = this.#drops;
    this.#hub.accounts.setScreen(
      drops.isOn
        ? (publication, publisher, account) => {
            const isDropped = drops.drops(publication, publisher, account);
            if (!drops.isOn) this.#screen();
            return isDropped;
          }
        : undefined,
    );
  }

  /** Switches off all lasting faults, or those of one kind. */
  clear(kind?: string): void {
    for (const fault of this.#lasting) {
      if (kind === undefined || fault.kind === kind) this.#lasting.delete(fault);
    }
    this.#applyToAll();
    if (kind === undefined || kind === "disconnect") {
      for (const client of this.#hub.arrivals) this.#linkOf(client)?.cutNextFrame(undefined);
    }
    if (kind === undefined || kind === "dropReplies") {
      this.#drops.clear();
      this.#screen();
    }
  }
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

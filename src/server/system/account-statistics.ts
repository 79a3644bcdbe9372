import type { Hub, HubListener } from "../hub.ts";
import type { Account } from "../routing/account.ts";
import type { ClientFacts } from "../session/client-facts.ts";
import { addTraffic, newTraffic, type Traffic } from "../session/traffic.ts";

/** What passes in each account, in the form of nats-server's STATZ. */
export class AccountStatistics implements HubListener {
  readonly #hub: Hub;
  /** Of the clients that are gone. */
  readonly #past = new Map<string, Traffic>();

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  onClosed({ identity, traffic }: ClientFacts): void {
    if (identity === undefined) return;
    const { name } = identity.account;
    const past = this.#past.get(name) ?? newTraffic();
    addTraffic(past, traffic);
    this.#past.set(name, past);
  }

  /** Undefined for one that nobody is connected to. */
  of(name: string): object | undefined {
    const account = [...this.#hub.accounts.values()].find((one) => one.name === name);
    return account === undefined || account.connections === 0 ? undefined : this.#document([account]);
  }

  ofAll(): object {
    return this.#document([...this.#hub.accounts.values()].filter(({ connections }) => connections > 0));
  }

  #document(accounts: readonly Account[]): object {
    return {
      server_id: this.#hub.id,
      now: new Date().toISOString(),
      account_statz: accounts.map((account) => this.#statz(account)),
    };
  }

  #statz({ name, connections, interest }: Account): object {
    const total = newTraffic();
    const past = this.#past.get(name);
    if (past !== undefined) addTraffic(total, past);
    for (const { identity, traffic } of this.#hub.clients.values()) {
      if (identity?.account.name === name) addTraffic(total, traffic);
    }
    return {
      acc: name,
      name,
      conns: connections,
      leafnodes: 0,
      total_conns: connections,
      num_subscriptions: interest.size,
      sent: data(total.outMessages, total.outBytes),
      received: data(total.inMessages, total.inBytes),
      slow_consumers: total.slowConsumers,
    };
  }
}

function data(msgs: number, bytes: number): object {
  const none = { msgs: 0, bytes: 0 };
  return { msgs, bytes, gateways: none, routes: none, leafs: none };
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "natspeed";
import type { Client } from "./client.ts";
import type { Invariants } from "./invariants.ts";
import { Order } from "./order.ts";
import { readPayload } from "./payload.ts";
import type { Publisher } from "./publisher.ts";
import type { Random } from "./random.ts";
import { read, WAYS } from "./reading.ts";

/** Subscribes with a `max` over and over: each subscription gets so many messages, whatever happens in between. */
export class LimitedReceiver {
  readonly name: string;
  #publishers: ReadonlyMap<string, Publisher> = new Map();
  readonly #random: Random;
  readonly #invariants: Invariants;
  readonly #stop = new AbortController();
  #done: Promise<void> | undefined;
  /** Subscriptions that ended by their `max`. */
  completed = 0;
  /** All messages that came, of whichever subscription. */
  received = 0;

  constructor(name: string, random: Random, invariants: Invariants) {
    this.name = name;
    this.#random = random;
    this.#invariants = invariants;
  }

  start(client: Client, publishers: readonly Publisher[]): void {
    this.#publishers = new Map(publishers.map((publisher) => [publisher.name, publisher]));
    this.#done = this.#cycle(client);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #cycle(client: Client): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // Some leave early: no interest may stay behind on any server.
      if (this.#random.chance(0.3)) await this.#leaveEarly(client);
      else await this.#readAll(client);
    }
  }

  async #leaveEarly(client: Client): Promise<void> {
    const subscriptions = Array.from({ length: 10 }, (_, index) =>
      client.nc.subscribe(`chaos.*.${index % 2}`, { max: 1000 }),
    );
    await sleep(this.#random.integer(0, 100));
    for (const subscription of subscriptions) subscription.unsubscribe();
  }

  async #readAll(client: Client): Promise<void> {
    const max = this.#random.integer(1, 2000);
    const orders = new Map<string, Order>();
    let count = 0;
    const take = (m: Message): void => {
      count++;
      this.received++;
      this.#check(m, orders);
    };
    const { signal } = this.#stop;
    const { subscription, done } = read(client.nc, "chaos.>", this.#random.pick(WAYS), { max, signal }, take);
    await done;
    const { reason } = await subscription.closed;
    if (signal.aborted && reason !== "max") return;
    this.completed++;
    this.#invariants.check(
      count === max && reason === "max",
      "accounting",
      () => `${this.name}: max ${max}, but ${count} messages came; ended: ${reason}`,
    );
  }

  #check(m: Message, orders: Map<string, Order>): void {
    const read = readPayload(m.subject, m.string());
    const publisher = read && this.#publishers.get(read.publisher);
    if (read === undefined || publisher === undefined) {
      this.#invariants.broken("content", `${this.name} got ${m.size} damaged bytes on ${m.subject}`);
      return;
    }
    const order = orders.get(m.subject) ?? new Order(this.name, publisher.log, this.#invariants);
    orders.set(m.subject, order);
    order.take(read.g);
  }
}

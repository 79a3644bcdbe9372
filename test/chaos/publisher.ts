import { setTimeout as sleep } from "node:timers/promises";
import { headers, isNatsError } from "natspeed";
import type { Client, ClientListener } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Invariants } from "./invariants.ts";
import { payloadOf, subjectOf } from "./payload.ts";
import type { Random } from "./random.ts";
import { SendLog } from "./send-log.ts";
import type { Ticks } from "./ticks.ts";

/** Codes that a publish may throw here; nothing was written then. */
const REFUSALS = new Set(["DISCONNECTED", "OUTBOUND_LIMIT_EXCEEDED"]);

const FLUSH_TIMEOUT = 5000;

/** What a flush may take above its timeout, for this process and its machine are busy. */
const SLACK = 3000;

/** Every so many messages one has a header. */
const HEADER_EVERY = 5;

/** Publishes at random, alone on its connection, and notes what became of each call. */
export class Publisher {
  readonly name: string;
  readonly #random: Random;
  readonly #ticks: Ticks;
  readonly #fleet: Fleet;
  readonly #invariants: Invariants;
  #client!: Client;
  #log!: SendLog;
  #isStopped = false;
  #done: Promise<void> | undefined;

  constructor(name: string, random: Random, ticks: Ticks, fleet: Fleet, invariants: Invariants) {
    this.name = name;
    this.#random = random;
    this.#ticks = ticks;
    this.#fleet = fleet;
    this.#invariants = invariants;
  }

  get log(): SendLog {
    return this.#log;
  }

  get client(): Client {
    return this.#client;
  }

  /** Both events come before any further publish: this publishes in timers, and they are told in a microtask. */
  readonly listener: ClientListener = {
    onDisconnected: (place) => this.#log.onDisconnected(this.#fleet.losesSince(place)),
    onMoved: (place) => this.#log.onMoved(place.instance, this.#ticks.next()),
    onReconnected: ({ replayed, dropped }, place) =>
      this.#log.onReconnected(replayed, dropped, place.instance, this.#ticks.next()),
  };

  attach(client: Client): void {
    this.#client = client;
    this.#log = new SendLog(this.name, client.place.instance, this.#ticks.next(), this.#invariants);
  }

  /** `isHeedful`: whether it awaits `ready()` before it publishes. */
  start(isHeedful: boolean): void {
    this.#done = Promise.all([this.#publishing(isHeedful), this.#flushing()]).then(() => undefined);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  /** Makes sure that a server has all; false if it failed. Notes what is acknowledged. */
  async flush(): Promise<boolean> {
    const g = this.#log.accepted;
    const startedAt = performance.now();
    try {
      await this.#client.nc.flush({ timeout: FLUSH_TIMEOUT });
      this.#log.onFlushed(g);
      return true;
    } catch (error) {
      const isExpected = isNatsError(error, "DISCONNECTED") || isNatsError(error, "TIMEOUT");
      if (!isExpected)
        this.#invariants.broken("no unhandled error", `${this.name}: flush failed: ${String(error)}`);
      return false;
    } finally {
      const took = performance.now() - startedAt;
      this.#invariants.check(
        took < FLUSH_TIMEOUT + SLACK,
        "requests settle",
        () => `${this.name}: a flush took ${Math.round(took)} ms`,
      );
    }
  }

  /** What was called, refused and dropped must add up to what the connection says that it took. */
  checkCounts(): void {
    const { attempts, accepted, dropped, refused } = this.#log;
    const stats = this.#client.nc.stats();
    const refusals = [...refused.values()].reduce((sum, count) => sum + count, 0);
    this.#invariants.check(
      stats.outMessages === accepted &&
        stats.outDropped === dropped &&
        attempts === accepted + dropped + refusals,
      "accounting",
      () =>
        `${this.name}: ${attempts} calls, ${accepted} accepted, ${dropped} dropped, ${refusals} refused; the connection counted ${stats.outMessages} and ${stats.outDropped} dropped`,
    );
    this.#invariants.check(
      !this.#log.isConnected || this.#log.droppedAsTold === dropped,
      "accounting",
      () => `${this.name}: ${dropped} dropped, ${this.#log.droppedAsTold} told by reconnected events`,
    );
  }

  async #publishing(isHeedful: boolean): Promise<void> {
    while (!this.#isStopped) {
      if (isHeedful) await this.#client.nc.ready();
      await sleep(this.#random.integer(10, 60));
      this.#burst(this.#random.chance(0.01) ? 200 : this.#random.integer(1, 12));
    }
  }

  async #flushing(): Promise<void> {
    while (!this.#isStopped) {
      await sleep(this.#random.integer(50, 200));
      await this.flush();
    }
  }

  #burst(count: number): void {
    this.#log.mark(this.#ticks.next());
    for (let i = 0; i < count; i++) this.#publish();
  }

  #publish(): void {
    const { nc } = this.#client;
    const log = this.#log;
    const g = log.accepted + 1;
    const droppedBefore = nc.stats().outDropped;
    log.attempts++;
    try {
      const options =
        g % HEADER_EVERY === 0 ? { headers: headers({ "Chaos-Number": String(g) }) } : undefined;
      nc.publish(subjectOf(this.name, g), payloadOf(this.name, g), options);
    } catch (error) {
      const code = isNatsError(error) ? error.code : String(error);
      if (!REFUSALS.has(code))
        this.#invariants.broken("no unhandled error", `${this.name}: publish: ${String(error)}`);
      log.refuse(code);
      return;
    }
    if (nc.stats().outDropped > droppedBefore) log.dropped++;
    else log.accepted++;
  }
}

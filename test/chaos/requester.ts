import { setTimeout as sleep } from "node:timers/promises";
import { isNatsError, type RequestOptions } from "natspeed";
import type { Client } from "./client.ts";
import type { Invariants } from "./invariants.ts";
import type { Random } from "./random.ts";
import { answerTo, SERVICE } from "./responder.ts";

const TIMEOUT = 1500;

/** What a request may take above its timeout, for this process and its machine are busy. */
const SLACK = 3000;

const MAX_OPEN = 64;

const EXPECTED = new Set(["NO_RESPONDERS", "TIMEOUT", "DISCONNECTED", "OUTBOUND_LIMIT_EXCEEDED"]);

/** Sends requests, and notes how each ends. */
export class Requester {
  readonly name: string;
  readonly #random: Random;
  readonly #invariants: Invariants;
  readonly #options: RequestOptions;
  /** The name of the calm that there is, if any: a request that begins and ends in it must succeed. */
  readonly #calm: () => object | undefined;
  readonly outcomes = new Map<string, number>();
  readonly #open = new Map<string, number>();
  #number = 0;
  #isStopped = false;
  #done: Promise<void> | undefined;

  constructor(
    name: string,
    options: RequestOptions,
    calm: () => object | undefined,
    random: Random,
    invariants: Invariants,
  ) {
    this.name = name;
    this.#options = { ...options, timeout: TIMEOUT };
    this.#calm = calm;
    this.#random = random;
    this.#invariants = invariants;
  }

  get open(): number {
    return this.#open.size;
  }

  start(client: Client): void {
    this.#done = this.#requesting(client);
  }

  /** Resolves when all that were sent have settled. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
    const deadline = performance.now() + TIMEOUT + SLACK;
    while (this.#open.size > 0 && performance.now() < deadline) await sleep(20);
    this.review();
  }

  /** Tells of requests that should have settled. */
  review(): void {
    const now = performance.now();
    for (const [request, startedAt] of this.#open) {
      if (now - startedAt < TIMEOUT + SLACK) continue;
      this.#invariants.broken(
        "requests settle",
        `${request} is open after ${Math.round(now - startedAt)} ms`,
      );
      this.#open.delete(request);
    }
  }

  async #requesting(client: Client): Promise<void> {
    while (!this.#isStopped) {
      await sleep(this.#random.integer(5, 40));
      const count = Math.min(this.#random.integer(1, 4), MAX_OPEN - this.#open.size);
      for (let i = 0; i < count; i++) void this.#request(client);
    }
  }

  async #request(client: Client): Promise<void> {
    const request = `${this.name} ${++this.#number}`;
    const calm = this.#calm();
    this.#open.set(request, performance.now());
    let outcome = "answered";
    try {
      const ownInbox = this.#options.ownInbox ?? this.#random.integer(0, 3) === 0;
      const response = await client.nc.request(SERVICE, request, { ...this.#options, ownInbox });
      const text = response.string();
      if (text !== answerTo(request)) {
        this.#invariants.broken("content", `${request} got ${JSON.stringify(text.slice(0, 60))}`);
      }
    } catch (error) {
      outcome = isNatsError(error) ? error.code : String(error);
      if (!EXPECTED.has(outcome)) {
        this.#invariants.broken("no unhandled error", `${request} ended with ${String(error)}`);
      }
      if (calm !== undefined && calm === this.#calm()) {
        this.#invariants.broken("recovery", `${request} ended with ${outcome} although all was calm`);
      }
    }
    this.#open.delete(request);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

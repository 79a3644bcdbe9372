import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Subscription } from "natspeed";
import type { Client } from "./client.ts";
import type { Invariants } from "./invariants.ts";
import type { Random } from "./random.ts";

export const SERVICE = "echo";

/** The queue group that answers: each request is handled once at most. */
const GROUP = "responders";

/** Request numbers that are remembered, to notice one that comes twice. */
const MEMORY = 5000;

/** What all members of the group have handled. */
export class Handled {
  readonly #invariants: Invariants;
  #recent = new Set<string>();
  #older = new Set<string>();

  constructor(invariants: Invariants) {
    this.#invariants = invariants;
  }

  add(request: string): void {
    if (this.#recent.has(request) || this.#older.has(request)) {
      this.#invariants.broken("no duplicate", `request ${request} was handled twice`);
    }
    this.#recent.add(request);
    if (this.#recent.size < MEMORY) return;
    this.#older = this.#recent;
    this.#recent = new Set();
  }
}

export function answerTo(request: string): string {
  return `answer to ${request}`;
}

/** Answers requests, some at once and some after a while. */
export function respond(client: Client, random: Random, handled: Handled): Subscription {
  const answer = (m: Message): void => {
    m.respond(answerTo(m.string()));
  };
  return client.nc.subscribe(SERVICE, {
    queue: GROUP,
    concurrency: 16,
    callback: (m) => {
      handled.add(m.string());
      if (random.chance(0.7)) {
        answer(m);
        return;
      }
      return sleep(random.integer(1, 30)).then(() => answer(m));
    },
  });
}

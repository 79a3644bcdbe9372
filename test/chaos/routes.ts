import { setTimeout as sleep } from "node:timers/promises";
import type { RunningServer } from "../../scripts/nats-server.mjs";

/** How often servers are asked for their routes while these may be changing. */
const INTERVAL = 150;

/** So many answers in a row must be the same. */
const SAME_ANSWERS = 6;

/**
 * Whether the servers' routes to each other are complete and have come to rest. When servers start, both sides dial and
 * what is too much is closed again: messages and interest that were on such a route are lost to its other end, until
 * the route is dialled again a second later.
 */
export class Routes {
  readonly #servers: readonly RunningServer[];
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #isWhole = false;
  #same = 0;
  #answer = "";

  constructor(servers: readonly RunningServer[]) {
    this.#servers = servers;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** For whoever waits for it: what was seen last. */
  get description(): string {
    return `routes: ${this.#answer}; ${this.#same} times the same`;
  }

  /** Watches from now on; resolves when they are whole for the first time. */
  async watch(): Promise<void> {
    this.#watching = this.#look();
    while (!this.#isWhole) await sleep(INTERVAL);
  }

  /** A server is about to stop, or has just started: they are not whole until they have been seen to be. */
  onChange(): void {
    this.#isWhole = false;
    this.#same = 0;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!this.#isWhole) await this.#compare();
      await sleep(INTERVAL, undefined, { signal }).catch(() => {});
    }
  }

  async #compare(): Promise<void> {
    const before = this.#same;
    const answers = await Promise.all(this.#servers.map((server) => routesOf(server))).catch(String);
    const answer = JSON.stringify(answers);
    const isSame = answer === this.#answer && typeof answers !== "string" && this.#isBalanced(answers.flat());
    this.#answer = answer;
    // A change came while the servers were asked.
    if (this.#same < before) return;
    this.#same = isSame ? this.#same + 1 : 0;
    if (this.#same >= SAME_ANSWERS) this.#isWhole = true;
  }

  /** Several routes lead from each server to each other one, the same number everywhere. */
  #isBalanced(routes: readonly string[]): boolean {
    const counts = new Map<string, number>();
    for (const route of routes) {
      const ends = route.slice(0, route.lastIndexOf(" "));
      counts.set(ends, (counts.get(ends) ?? 0) + 1);
    }
    const pairs = this.#servers.length * (this.#servers.length - 1);
    return counts.size === pairs && new Set(counts.values()).size === 1;
  }
}

/** Each route of a server: from whom, to whom, and its number; in a fixed order, which servers don't keep. */
async function routesOf(server: RunningServer): Promise<string[]> {
  const { server_name, routes } = (await server.monitor("/routez")) as {
    server_name: string;
    routes: { rid: number; remote_name: string }[];
  };
  return routes.map(({ rid, remote_name }) => `${server_name} ${remote_name} ${rid}`).sort();
}

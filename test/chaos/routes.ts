import { setTimeout as sleep } from "node:timers/promises";
import type { RunningServer } from "../../scripts/nats-server.mjs";

/** How often servers are asked for their routes while these may be changing. */
const INTERVAL = 150;

/** So many answers in a row must be the same. */
const SAME_ANSWERS = 4;

/**
 * Whether the servers' routes to each other are complete and have come to rest. When servers start, both sides dial and
 * what is too much is closed again: messages and interest that were on such a route are lost to its other end, until
 * the route is dialled again a second later.
 */
export class Routes {
  readonly #servers: readonly RunningServer[];
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  #isWhole = true;
  #same = 0;
  #answer = "";
  #expected = 0;

  constructor(servers: readonly RunningServer[]) {
    this.#servers = servers;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Watches from now on; all routes there are now is what there has to be. */
  async watch(): Promise<void> {
    // Right after the start there may be fewer than there will be: several lead to each server.
    for (let same = 0; same < SAME_ANSWERS;) {
      const before = this.#expected;
      this.#expected = (await this.#ids()).length;
      same = before === this.#expected ? same + 1 : 0;
      await sleep(INTERVAL);
    }
    this.#watching = this.#look();
  }

  /** A server is about to stop: they are not whole until they have been seen to be. */
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
    const ids = await this.#ids().catch(() => []);
    const answer = ids.join(" ");
    const isSame = ids.length === this.#expected && answer === this.#answer;
    this.#answer = answer;
    // A change came while the servers were asked.
    if (this.#same < before) return;
    this.#same = isSame ? this.#same + 1 : 0;
    if (this.#same >= SAME_ANSWERS) this.#isWhole = true;
  }

  /** Each route, by its ends. */
  async #ids(): Promise<string[]> {
    const answers = await Promise.all(this.#servers.map((server) => server.monitor("/routez")));
    const ids = answers.flatMap((answer) => {
      const { server_id, routes } = answer as {
        server_id: string;
        routes: { rid: number; remote_id: string }[];
      };
      return routes.map(({ rid, remote_id }) => `${server_id}:${rid}:${remote_id}`);
    });
    // A server lists them in another order each time.
    return ids.sort();
  }
}

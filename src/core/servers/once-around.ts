import type { Course, Step } from "./course.ts";
import type { ServerPool } from "./server-pool.ts";
import type { Server } from "./server.ts";

/** Each server once, in order (CONN-01), those that are named on the way too. */
export class OnceAround implements Course {
  readonly isEndless = false;
  readonly #pool: ServerPool;
  readonly #avoided: Server | undefined;
  readonly #tried = new WeakSet<Server>();
  readonly onFailed: Course["onFailed"];

  /** `avoided` is tried only if there is no other when it begins. */
  constructor(pool: ServerPool, onFailed: Course["onFailed"], avoided?: Server) {
    this.#pool = pool;
    this.onFailed = onFailed;
    this.#avoided = avoided !== undefined && pool.hasOther(avoided) ? avoided : undefined;
  }

  next(): Step | undefined {
    const server = this.#pool.servers.find((one) => !this.#tried.has(one) && one !== this.#avoided);
    if (server === undefined) return undefined;
    this.#tried.add(server);
    return { server, delay: undefined };
  }
}

import type { BarrierEnd } from "../barrier.ts";
import type { Link } from "../link/link.ts";
import type { PingQueue } from "../link/ping-queue.ts";
import { ProgressWatch } from "./progress-watch.ts";

/** How long a server that gets something across all the time may take until it is left all the same. */
const LIMIT = 120_000;

/** The wait for a server that is about to be left, until all has come and gone that is on its way. */
export class CatchUp {
  readonly #pings: PingQueue;
  readonly #patience: number;
  #waiting: AbortController | undefined;

  /** `patience` is how many milliseconds it may get nothing across. */
  constructor(pings: PingQueue, patience: number) {
    this.#pings = pings;
    this.#patience = patience;
  }

  /** How it ends; `time-up` if nothing gets across, or it is stopped. The PING is asked within this call. */
  async wait(link: Link): Promise<BarrierEnd> {
    const waiting = new AbortController();
    this.#waiting = waiting;
    const watch = new ProgressWatch(link, this.#patience, () => waiting.abort());
    const end = await this.#pings.barrier({ timeout: LIMIT, signal: waiting.signal });
    watch.stop();
    return end;
  }

  /** There is nothing to wait for any more. */
  stop(): void {
    this.#waiting?.abort();
  }
}

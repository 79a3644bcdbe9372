import { setTimeout as sleep } from "node:timers/promises";
import type { JetStream, PubAck } from "natspeed/jetstream";
import type { Invariants } from "../invariants.ts";
import type { Ledger } from "./ledger.ts";

const PACE = 5;
const IN_A_ROW = 5;

/** Publishes numbered messages in a window, each with an id of its own. */
export class Writer {
  readonly #js: JetStream;
  readonly #ledger: Ledger;
  readonly #invariants: Invariants;

  constructor(js: JetStream, ledger: Ledger, invariants: Invariants) {
    this.#js = js;
    this.#ledger = ledger;
    this.#invariants = invariants;
  }

  /** Until the signal aborts; resolves when all is told. */
  async run(signal: AbortSignal): Promise<void> {
    const publisher = this.#js.publisher({ maxInFlight: 500, retries: 1000, retryDelay: 100 });
    while (!signal.aborted) {
      for (let i = 0; i < IN_A_ROW; i++) {
        await publisher.ready();
        this.#publish(publisher);
      }
      await sleep(PACE);
    }
    const report = await publisher.drain({ timeout: 30_000 });
    this.#invariants.check(
      report.abandoned === 0,
      "recovery",
      () => `${report.abandoned} publishes had no answer 30 s after the last fault`,
    );
  }

  #publish(publisher: ReturnType<JetStream["publisher"]>): void {
    const number = this.#ledger.next();
    publisher.publish(`chaos.${number % 4}`, `${number}`, { msgId: `id-${number}` }).then(
      ({ seq }: PubAck) => this.#ledger.onAck(number, seq),
      () => this.#ledger.onFailed(number),
    );
  }
}

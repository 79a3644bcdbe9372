import type { Invariants } from "./invariants.ts";
import { isMove, type SendLog } from "./send-log.ts";

/** Links of a publisher whose last message is remembered. */
const MEMORY = 8;

/**
 * The order of one publisher's subject at one receiver. Over one link it is kept. A message of an older link may come
 * after one of a newer link, for they took different ways through the cluster: a server that was frozen meanwhile
 * sends on what it had read when it thaws.
 */
export class Order {
  readonly #receiver: string;
  readonly #log: SendLog;
  readonly #invariants: Invariants;
  readonly #isExcused: (sentAt: number) => boolean;
  readonly #lastOfEpoch = new Map<number, number>();

  /** `isExcused`: whether a message that was sent then may come late all the same. */
  constructor(
    receiver: string,
    log: SendLog,
    invariants: Invariants,
    isExcused: (sentAt: number) => boolean = () => false,
  ) {
    this.#isExcused = isExcused;
    this.#receiver = receiver;
    this.#log = log;
    this.#invariants = invariants;
  }

  take(g: number): void {
    const epoch = this.#log.epochOf(g);
    // Two links: the later one may be faster.
    if (isMove(epoch)) return;
    const { index } = epoch;
    const last = this.#lastOfEpoch.get(index) ?? 0;
    if (g < last && this.#isExcused(this.#log.sentAt(g))) return;
    this.#invariants.check(
      g > last,
      "order",
      () => `${this.#receiver} got ${this.#log.publisher} ${g} after ${last} of the same link`,
    );
    this.#lastOfEpoch.set(index, g);
    if (this.#lastOfEpoch.size > MEMORY) this.#lastOfEpoch.delete(Math.min(...this.#lastOfEpoch.keys()));
  }
}

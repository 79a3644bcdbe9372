import type { Invariants } from "./invariants.ts";
import { isMove, type SendLog } from "./send-log.ts";

/** Links of a publisher whose last message is remembered. */
const MEMORY = 8;

/** How long a move may go on after a message was overtaken in it, in milliseconds. */
const MOVE_LIMIT = 5000;

/** What decides whether a message may be overtaken by a later one of the same link. */
export interface Excuses {
  /** Whether a message that was sent then may come late all the same. */
  mayComeLate(sentAt: number): boolean;
  /** Whether the receiver has two links for a moment when it moves, and may get messages by both. */
  readonly overlaps: boolean;
}

const NO_EXCUSES: Excuses = { mayComeLate: () => false, overlaps: false };

/**
 * The order of one publisher's subject at one receiver. Over one link it is kept. A message of an older link may come
 * after one of a newer link, for they took different ways through the cluster: a server that was frozen meanwhile
 * sends on what it had read when it thaws. A member of a queue group that moves gets messages by two links until the
 * move is over, of which it hears afterwards.
 */
export class Order {
  readonly #receiver: string;
  readonly #log: SendLog;
  readonly #invariants: Invariants;
  readonly #excuses: Excuses;
  readonly #lastOfEpoch = new Map<number, number>();
  /** Overtaken, and in order if the receiver is just moving. */
  #doubtful: { readonly at: number; readonly what: string }[] = [];
  /** When the receiver went on to its present link, in ticks. */
  #leftAt = 0;

  constructor(receiver: string, log: SendLog, invariants: Invariants, excuses = NO_EXCUSES) {
    this.#excuses = excuses;
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
    if (g <= last) {
      this.#onOvertaken(g, last);
      return;
    }
    this.#lastOfEpoch.set(index, g);
    if (this.#lastOfEpoch.size > MEMORY) this.#lastOfEpoch.delete(Math.min(...this.#lastOfEpoch.keys()));
  }

  #onOvertaken(g: number, last: number): void {
    if (this.#excuses.mayComeLate(this.#log.sentAt(g))) return;
    const what = `${this.#receiver} got ${this.#log.publisher} ${g} after ${last} of the same link`;
    if (!this.#excuses.overlaps) this.#invariants.broken("order", what);
    // It may have come by the link of before, and waited in the client since.
    else if (this.#log.isPublishedAfter(g, this.#leftAt))
      this.#doubtful.push({ at: performance.now(), what });
  }

  /** The receiver has moved to another server, or its link was lost while it did. */
  onOtherLink(tick: number): void {
    this.#leftAt = tick;
    this.#doubtful = [];
  }

  /** What no move has explained in time is out of order. */
  review(now: number): void {
    const isOver = ({ at }: { readonly at: number }): boolean => at + MOVE_LIMIT < now;
    for (const { what } of this.#doubtful.filter(isOver)) this.#invariants.broken("order", what);
    this.#doubtful = this.#doubtful.filter((one) => !isOver(one));
  }
}

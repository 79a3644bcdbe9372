/** A message in our hands that its server would deliver again after a while. Times are of one clock, in milliseconds. */
export interface Kept {
  /** From then on the server may deliver it anew; `Infinity` for never. */
  deadline: number;
  /** For how long a sign of life keeps it from coming again. */
  readonly wait: number;
  /** When the next sign of life is due. */
  extendAt: number;
  /** When to stop keeping it. */
  keptUntil: number;
}

/** What is to be done now. */
export interface Due<T extends Kept> {
  /** The server is to be told that these are in work. */
  readonly extend: readonly T[];
  /** These were kept for as long as they may be, and are not kept any more. */
  readonly over: readonly T[];
}

/** A sign of life is due when this part of the wait is over. */
const EXTEND_AT = 0.5;
/** A sign of life that is due within this part of the wait is given at once, so that few looks serve many messages. */
const EARLY = 0.125;

/**
 * Says when a server must be told that a message is in work, and for how long that goes on. The messages of all handlers have one
 * schedule, and so one timer.
 */
export class KeepSchedule<T extends Kept> {
  readonly #kept = new Set<T>();
  readonly #extends: boolean;
  #nextAt = Infinity;

  /** `extend: false`: no message is kept for longer than its server's own wait. */
  constructor({ extend }: { readonly extend: boolean }) {
    this.#extends = extend;
  }

  /** When to call {@link due}. It may find nothing then: a message that has gone since moves no timer. */
  get nextAt(): number {
    return this.#kept.size === 0 ? Infinity : this.#nextAt;
  }

  /** Begins to keep a message, or changes until when it is kept. */
  keep(item: T, until: number): void {
    item.keptUntil = this.#extends ? until : Math.min(until, item.deadline);
    item.extendAt =
      this.#extends && item.deadline !== Infinity ? item.deadline - item.wait * (1 - EXTEND_AT) : Infinity;
    const nextAt = lookAt(item);
    if (nextAt === Infinity) return;
    this.#kept.add(item);
    this.#nextAt = Math.min(this.#nextAt, nextAt);
  }

  release(item: T): void {
    this.#kept.delete(item);
  }

  /** `canExtend`: whether the server can be told now; if not, it is asked again soon. */
  due(now: number, canExtend = true): Due<T> {
    const extend: T[] = [];
    const over: T[] = [];
    this.#nextAt = Infinity;
    for (const item of this.#kept) {
      if (now >= item.keptUntil) {
        this.#kept.delete(item);
        over.push(item);
        continue;
      }
      if (now >= item.extendAt - item.wait * EARLY) {
        if (canExtend) {
          extend.push(item);
          item.deadline = now + item.wait;
        }
        item.extendAt = now + item.wait * (canExtend ? EXTEND_AT : 2 * EARLY);
      }
      this.#nextAt = Math.min(this.#nextAt, lookAt(item));
    }
    return { extend, over };
  }
}

function lookAt({ extendAt, keptUntil }: Kept): number {
  return Math.min(extendAt, keptUntil);
}

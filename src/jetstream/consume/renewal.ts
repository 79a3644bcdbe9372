import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Shelf } from "./shelf.ts";

/** Keeps what lies on a shelf from being delivered anew: one timer, whatever lies there. */
export class Renewal<M> {
  readonly #shelf: Shelf<M>;
  readonly #renew: (message: M) => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;

  /** `renew` tells the server that the message is not forgotten, and returns whether it could. */
  constructor(shelf: Shelf<M>, renew: (message: M) => boolean) {
    this.#shelf = shelf;
    this.#renew = renew;
  }

  /** A message with this deadline was put on the shelf. */
  onPushed(deadline: number): void {
    if (deadline === Infinity) return;
    const now = performance.now();
    this.#wakeAt(now + (deadline - now) / 2, now);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#dueAt = Infinity;
  }

  #wakeAt(at: number, now: number): void {
    if (at >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = at;
    this.#timer = setTimeout(this.#onTimer, Math.max(1, at - now));
  }

  readonly #onTimer = (): void => {
    this.#dueAt = Infinity;
    const now = performance.now();
    const next = this.#shelf.renew(now, this.#renew);
    if (next !== Infinity) this.#wakeAt(next, now);
  };
}

/** Whether its ack wait begins anew; what can't be sent now is tried again. */
export function workOn(message: object): boolean {
  try {
    (message as JetStreamMessage).working();
    return true;
  } catch {
    return false;
  }
}

import { Alarm } from "../alarm.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Shelf } from "./shelf.ts";

/** Keeps what lies on a shelf from being delivered anew: one timer, whatever lies there. */
export class ShelfRenewal<M> {
  readonly #shelf: Shelf<M>;
  readonly #renew: (message: M) => boolean;
  readonly #alarm = new Alarm(() => this.#onAlarm());

  /** `renew` tells the server that the message is not forgotten, and returns whether it could. */
  constructor(shelf: Shelf<M>, renew: (message: M) => boolean) {
    this.#shelf = shelf;
    this.#renew = renew;
  }

  /** A message with this deadline was put on the shelf. */
  onPushed(deadline: number): void {
    if (deadline === Infinity) return;
    const now = performance.now();
    this.#alarm.set(now + (deadline - now) / 2);
  }

  stop(): void {
    this.#alarm.stop();
  }

  #onAlarm(): void {
    this.#alarm.set(this.#shelf.renew(performance.now(), this.#renew));
  }
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

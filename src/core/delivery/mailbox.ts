import type { MessageFrame } from "../protocol/decoder.ts";
import type { Delivery } from "./delivery.ts";
import type { Pending } from "./pending.ts";

/**
 * What became of a message:
 * - `kept`: it waits, or is handled.
 * - `dropped`: there was no room; it, or older ones, were dropped.
 * - `refused`: there was no room, which ends the subscription.
 */
export type Receipt = "kept" | "dropped" | "refused";

/** Where the messages of one subscription come in: books, limits, and what happens when there is no room. */
export class Mailbox {
  readonly #pending: Pending;
  readonly #delivery: Delivery;

  constructor(pending: Pending, delivery: Delivery) {
    this.#pending = pending;
    this.#delivery = delivery;
  }

  receive(frame: MessageFrame): Receipt {
    const size = frame.payloadEnd - frame.payloadStart;
    if (this.#pending.add(size)) {
      this.#delivery.accept(frame);
      return "kept";
    }
    switch (this.#pending.limits.onFull) {
      case "drop-new":
        this.#pending.dropped++;
        return "dropped";
      case "drop-old":
        this.#replaceOldest(frame, size);
        return "dropped";
      case "error":
        this.#pending.dropped++;
        return "refused";
    }
  }

  #replaceOldest(frame: MessageFrame, size: number): void {
    while (size <= this.#pending.limits.bytes) {
      const oldest = this.#delivery.dropOldest();
      if (oldest === undefined) break;
      this.#pending.drop(oldest.size);
      if (this.#pending.add(size)) {
        this.#delivery.accept(frame);
        return;
      }
    }
    // It is larger than the limit, or all that is left is being handled: nothing older can make room.
    this.#pending.dropped++;
  }
}

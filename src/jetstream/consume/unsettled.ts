import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** So many are remembered before those that were settled meanwhile are looked for. */
const FIRST_SWEEP = 1024;

/** Which messages have come and were not settled yet, for a consumer that has to be made anew where they are. */
export class Unsettled {
  readonly #messages = new Map<number, JetStreamMessage>();
  #sweepAt = FIRST_SWEEP;
  #last = 0;

  add(message: JetStreamMessage): void {
    const { seq } = message;
    if (seq > this.#last) this.#last = seq;
    if (!message.isOpen) return;
    this.#messages.set(seq, message);
    if (this.#messages.size < this.#sweepAt) return;
    this.#sweep();
    this.#sweepAt = Math.max(FIRST_SWEEP, this.#messages.size * 2);
  }

  /** How many are remembered; of those some may be settled by now. */
  get size(): number {
    return this.#messages.size;
  }

  /** The first sequence that was not handled; undefined if none has come. */
  get resumeAt(): number | undefined {
    this.#sweep();
    if (this.#last === 0) return undefined;
    let first = this.#last + 1;
    for (const seq of this.#messages.keys()) if (seq < first) first = seq;
    return first;
  }

  #sweep(): void {
    // What was nak'd shall come again, and would not.
    for (const [seq, { settled }] of this.#messages) {
      if (settled === "ack" || settled === "term") this.#messages.delete(seq);
    }
  }
}

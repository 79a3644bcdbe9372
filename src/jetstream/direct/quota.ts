import type { Message } from "../../core/message.ts";

/** How much is still to be read. */
export class Quota {
  #messages: number;
  #bytes: number;

  constructor(messages: number, bytes: number) {
    this.#messages = messages;
    this.#bytes = bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  /** Of payload. */
  get bytes(): number {
    return this.#bytes;
  }

  get isSpent(): boolean {
    return this.#messages <= 0 || this.#bytes <= 0;
  }

  /** There are no more than so many. */
  lower(messages: number): void {
    this.#messages = Math.min(this.#messages, messages);
  }

  /** As many of the messages as may be read: up to the one that reaches a limit. */
  take(messages: readonly Message[]): readonly Message[] {
    let count = 0;
    while (count < messages.length && !this.isSpent) {
      this.#bytes -= messages[count]!.size;
      this.#messages -= 1;
      count += 1;
    }
    return count === messages.length ? messages : messages.slice(0, count);
  }
}

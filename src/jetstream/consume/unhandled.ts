import type { ConsumingClosed } from "./events.ts";
import type { Source } from "./source.ts";

/** Counts the messages that nobody handled. */
export class Unhandled {
  readonly #source: Pick<Source<never>, "redelivers">;
  /** Went back to the server. */
  #returned = 0;
  /** Don't come again. */
  #abandoned = 0;

  constructor(source: Pick<Source<never>, "redelivers">) {
    this.#source = source;
  }

  add(messages: number): void {
    if (this.#source.redelivers) this.#returned += messages;
    else this.#abandoned += messages;
  }

  get total(): number {
    return this.#returned + this.#abandoned;
  }

  get counts(): Pick<ConsumingClosed, "returned" | "abandoned"> {
    return { returned: this.#returned, abandoned: this.#abandoned };
  }
}

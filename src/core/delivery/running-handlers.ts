import type { Message } from "../message.ts";

/** A handler whose promise is open. */
class RunningHandler {
  readonly message: Message;
  previous: RunningHandler | undefined;
  next: RunningHandler | undefined = undefined;
  /** Not every `then` keeps to the rule that a promise settles once. */
  isOver = false;

  constructor(message: Message, previous: RunningHandler | undefined) {
    this.message = message;
    this.previous = previous;
  }
}

/** The handlers of one subscription whose promises are open: a list, for a set would be rebuilt all the time. */
export class RunningHandlers {
  #last: RunningHandler | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(message: Message): RunningHandler {
    const handler = new RunningHandler(message, this.#last);
    if (this.#last !== undefined) this.#last.next = handler;
    this.#last = handler;
    this.#size++;
    return handler;
  }

  /** Its promise has settled; false if it had before. */
  end(handler: RunningHandler): boolean {
    if (handler.isOver) return false;
    handler.isOver = true;
    this.#size--;
    const { previous, next } = handler;
    if (previous !== undefined) previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    handler.previous = undefined;
    handler.next = undefined;
    return true;
  }

  /** Whether this message is being handled. */
  handles(message: Message): boolean {
    for (let handler = this.#last; handler !== undefined; handler = handler.previous) {
      if (handler.message === message) return true;
    }
    return false;
  }
}

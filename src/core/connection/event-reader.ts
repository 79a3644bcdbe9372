import type { AsyncSequence } from "../delivery/async-sequence.ts";
import { EventQueue } from "./event-queue.ts";
import type { ConnectionEvent } from "./events.ts";

type Result = IteratorResult<ConnectionEvent, undefined>;

/** One loop over `events()`. */
export class EventReader implements AsyncSequence<ConnectionEvent> {
  readonly #onReturn: (reader: EventReader) => void;
  readonly #queue = new EventQueue();
  #waiting: ((result: Result) => void)[] = [];
  #isOver = false;

  constructor(onReturn: (reader: EventReader) => void) {
    this.#onReturn = onReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: ConnectionEvent): void {
    if (event.type === "closed") this.#isOver = true;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(event);
    else waiting({ value: event, done: false });
    if (this.#isOver) this.#finish();
  }

  next(): Promise<Result> {
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result> {
    this.#isOver = true;
    this.#queue.clear();
    this.#finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #take(): ConnectionEvent | undefined {
    const count = this.#queue.takeMissed();
    return count > 0 ? { type: "missed", count } : this.#queue.shift();
  }

  #finish(): void {
    this.#onReturn(this);
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.#waiting = [];
  }
}

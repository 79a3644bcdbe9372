import { AsyncSequence, DONE } from "../delivery/async-sequence.ts";
import { type AnyEvent, EventQueue } from "./event-queue.ts";

type Result<E> = IteratorResult<E, undefined>;

/** One loop over `events()`. */
export class EventReader<E extends AnyEvent> extends AsyncSequence<E> {
  readonly #onReturn: (reader: EventReader<E>) => void;
  readonly #queue = new EventQueue<E>();
  #waiting: ((result: Result<E>) => void)[] = [];
  #isOver = false;

  constructor(onReturn: (reader: EventReader<E>) => void) {
    super();
    this.#onReturn = onReturn;
  }

  push(event: E): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(event);
    else waiting({ value: event, done: false });
  }

  /** Nothing more comes: what waits is still read. */
  finish(): void {
    this.#isOver = true;
    this.#finish();
  }

  next(): Promise<Result<E>> {
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#isOver) return Promise.resolve(DONE);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<Result<E>> {
    this.#isOver = true;
    this.#queue.clear();
    this.#finish();
    return Promise.resolve(DONE);
  }

  #take(): E | undefined {
    const count = this.#queue.takeMissed();
    // Whatever has readers has this event.
    return count > 0 ? ({ type: "missed", count } as unknown as E) : this.#queue.shift();
  }

  #finish(): void {
    this.#onReturn(this);
    for (const resolve of this.#waiting) resolve(DONE);
    this.#waiting = [];
  }
}

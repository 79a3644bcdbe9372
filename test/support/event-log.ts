import type { Connection, ConnectionEvent, ConnectionEventType, EventOf } from "../../src/index.ts";

const LIMIT = 15_000;

/** All events of a connection from now on, to be looked at or waited for. */
export class EventLog {
  readonly all: ConnectionEvent[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(connection: Connection) {
    void this.#read(connection.events());
  }

  /** The types of the events so far, in order. */
  get types(): ConnectionEventType[] {
    return this.all.map((event) => event.type);
  }

  /** The events of one type so far. */
  of<T extends ConnectionEventType>(type: T): EventOf<T>[] {
    return this.all.filter((event): event is EventOf<T> => event.type === type);
  }

  /** Waits for the event of this type with this number (1 is the first). */
  async wait<T extends ConnectionEventType>(type: T, number = 1): Promise<EventOf<T>> {
    const deadline = Date.now() + LIMIT;
    for (;;) {
      const event = this.of(type)[number - 1];
      if (event !== undefined) return event;
      if (!(await this.#nextBefore(deadline))) {
        throw new Error(`no "${type}" event number ${number}, but: ${this.types.join(", ")}`);
      }
    }
  }

  async #read(events: AsyncIterable<ConnectionEvent>): Promise<void> {
    for await (const event of events) {
      this.all.push(event);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }

  /** Whether another event came in time. */
  #nextBefore(deadline: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, deadline - Date.now()));
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }
}

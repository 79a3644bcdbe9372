import { type AnyListener, EventHearer, type HearerListener } from "../../core/connection/event-hearer.ts";
import { EventReader } from "../../core/connection/event-reader.ts";
import { aFunction, hintAt, invalidOption, shown } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { type NatsError, SubscriptionError, toError } from "../../core/errors.ts";
import type { ConsumeEvent } from "./events.ts";

export type ConsumeEventType = ConsumeEvent["type"];

/** The event of one type. */
type ConsumeEventOf<K extends ConsumeEventType> = Extract<ConsumeEvent, { readonly type: K }>;

/** Hears events; a promise that it returns is awaited before it hears the next one. */
export type ConsumeListener<K extends ConsumeEventType> = (event: ConsumeEventOf<K>) => unknown;

// A record, so that the compiler sees to it that no type is missing.
const TYPES: Readonly<Record<ConsumeEventType, true>> = {
  heartbeatsMissed: true,
  missing: true,
  reset: true,
  limited: true,
  stale: true,
  handlerError: true,
  pinned: true,
  unpinned: true,
  status: true,
  gap: true,
  slowConsumer: true,
  slowConsumerEnded: true,
  missed: true,
};

/** Tells events in order, to each listener one at a time, and never from within the call that caused them. */
export class ConsumeEvents implements HearerListener<ConsumeEvent> {
  readonly #report: (error: NatsError) => void;
  readonly #hearers = new Map<AnyListener<ConsumeEvent>, EventHearer<ConsumeEvent>>();
  readonly #readers = new Set<EventReader<ConsumeEvent>>();
  #waiting: ConsumeEvent[] = [];
  #hasEnded = false;

  /** `report` takes a failure that nobody hears, or that is a listener's own. */
  constructor(report: (error: NatsError) => void) {
    this.#report = report;
  }

  /** Adds a listener and returns what removes it. A function that is added for several types hears all in order. */
  on<K extends ConsumeEventType>(type: K, listener: ConsumeListener<K>): () => void {
    checkType(type);
    aFunction("listener", listener);
    const key = listener as unknown as AnyListener<ConsumeEvent>;
    const hearer = this.#hearers.get(key) ?? new EventHearer(key, this);
    this.#hearers.set(key, hearer);
    hearer.types.add(type);
    return () => {
      hearer.types.delete(type);
      if (hearer.types.size === 0 && this.#hearers.get(key) === hearer) this.#hearers.delete(key);
    };
  }

  /** All events from now on, until the end. */
  read(): AsyncSequence<ConsumeEvent> {
    const reader = new EventReader<ConsumeEvent>((left) => this.#readers.delete(left));
    if (this.#hasEnded) reader.finish();
    else this.#readers.add(reader);
    return reader;
  }

  emit(event: ConsumeEvent): void {
    if (this.#hasEnded) {
      this.#onUnheard(event);
      return;
    }
    for (const reader of this.#readers) reader.push(event);
    const isRead = this.#readers.size > 0;
    if (!isRead && this.#hearers.size === 0) {
      this.#onUnheard(event);
      return;
    }
    if (this.#waiting.push(event) === 1) queueMicrotask(() => this.#tellAll());
  }

  /** Nothing happens any more. */
  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const reader of this.#readers) reader.finish();
    queueMicrotask(() => {
      for (const hearer of this.#hearers.values()) hearer.finish();
    });
  }

  onFailed(event: ConsumeEvent, thrown: unknown): void {
    const cause = toError(thrown);
    const message = `a listener of "${event.type}" failed: ${cause.message}`;
    this.#report(new SubscriptionError("LISTENER_FAILED", message, { cause }));
  }

  /** Readers count by themselves what they miss. */
  onMissed(count: number): void {
    this.#tell({ type: "missed", count });
  }

  #tellAll(): void {
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) {
      if (!this.#tell(event) && this.#readers.size === 0) this.#onUnheard(event);
    }
  }

  /** Whether somebody hears it. */
  #tell(event: ConsumeEvent): boolean {
    let isHeard = false;
    // A copy: who is added by a listener of this event does not hear it.
    for (const hearer of Array.from(this.#hearers.values())) {
      if (!hearer.types.has(event.type)) continue;
      isHeard = true;
      hearer.hear(event);
    }
    return isHeard;
  }

  #onUnheard(event: ConsumeEvent): void {
    if (event.type === "handlerError") this.#report(event.error);
  }
}

/** Throws `INVALID_OPTION`, with the name that was probably meant. */
function checkType(type: unknown): void {
  if (typeof type === "string" && Object.hasOwn(TYPES, type)) return;
  const name = typeof type === "string" ? type : "";
  throw invalidOption("type", `there is no ${shown(type)}: ${hintAt(name, Object.keys(TYPES), "types")}`);
}

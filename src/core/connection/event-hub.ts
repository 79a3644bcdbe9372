import type { AsyncSequence } from "../delivery/async-sequence.ts";
import type { NatsError } from "../errors.ts";
import type { AnyListener, HearerListener } from "./event-hearer.ts";
import { EventHearers, listenerFailed } from "./event-hearers.ts";
import { MAX_WAITING } from "./event-queue.ts";
import { EventReader } from "./event-reader.ts";
import type { ConnectionEvent, ConnectionEventType, EventListener } from "./events.ts";

/** What the hub tells about events that have no listener. */
export interface EventHubListener {
  /** Nobody listens to this event. */
  onUnheard(event: ConnectionEvent): void;
  /** A listener failed that can't be told of by an event. */
  onFailure(error: NatsError): void;
}

interface Emitted {
  readonly event: ConnectionEvent;
  /** A loop over `events()` has got it. */
  isRead: boolean;
}

/** Tells events in order, to each listener one at a time, and never from within the call that caused them. */
export class EventHub implements HearerListener<ConnectionEvent> {
  readonly #hearers = new EventHearers<ConnectionEvent>(this);
  /** Those who don't count. */
  readonly #overhearers = new EventHearers<ConnectionEvent>(this);
  readonly #readers = new Set<EventReader<ConnectionEvent>>();
  readonly #listener: EventHubListener | undefined;
  readonly #onEvent: ((event: ConnectionEvent) => void) | undefined;
  readonly #waiting: Emitted[] = [];
  #missedWhileHeld = 0;
  #isHeld = false;
  #hasClosed = false;
  #isTelling = false;

  /** `onEvent` hears all, and does not count as somebody who listens. */
  constructor(listener?: EventHubListener, onEvent?: (event: ConnectionEvent) => void) {
    this.#listener = listener;
    this.#onEvent = onEvent;
  }

  /** Adds a listener and returns what removes it. A function that is added for several types hears all in order. */
  on<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    return this.#hearers.add(type, listener as AnyListener<ConnectionEvent>);
  }

  /** As {@link on}, for the library itself: what nobody else hears counts as unheard. It is told after the others. */
  overhear<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    return this.#overhearers.add(type, listener as AnyListener<ConnectionEvent>);
  }

  off<T extends ConnectionEventType>(type: T, listener: EventListener<T>): void {
    this.#hearers.remove(type, listener as AnyListener<ConnectionEvent>);
  }

  /** All events from now on, until `closed`, which is the last. */
  read(): AsyncSequence<ConnectionEvent> {
    const reader = new EventReader<ConnectionEvent>((left) => this.#readers.delete(left));
    this.#readers.add(reader);
    // After `closed` nothing comes: a loop that begins then is at its end.
    if (this.#hasClosed && !this.#isHeld) void reader.return();
    return reader;
  }

  emit(event: ConnectionEvent): void {
    // CB-05: nothing comes after `closed`; what a listener still causes has nobody to go to.
    if (this.#hasClosed) return;
    this.#hasClosed = event.type === "closed";
    if (this.#isHeld) {
      this.#keep(event);
      return;
    }
    this.#waiting.push({ event, isRead: this.#tellReaders(event) });
    this.#begin();
  }

  /** A first connect may take days, with an event for each attempt. */
  #keep(event: ConnectionEvent): void {
    this.#waiting.push({ event, isRead: false });
    if (this.#waiting.length <= MAX_WAITING) return;
    this.#waiting.shift();
    this.#missedWhileHeld++;
  }

  /** Keeps events until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    const count = this.#missedWhileHeld;
    if (count > 0) this.#waiting.unshift({ event: { type: "missed", count }, isRead: false });
    for (const emitted of this.#waiting) emitted.isRead = this.#tellReaders(emitted.event);
    this.#begin();
  }

  /** Whether `closed` was emitted. */
  get hasClosed(): boolean {
    return this.#hasClosed;
  }

  // CB-04
  #begin(): void {
    if (this.#isTelling || this.#waiting.length === 0) return;
    this.#isTelling = true;
    queueMicrotask(() => this.#tellAll());
  }

  #tellAll(): void {
    for (let emitted = this.#waiting.shift(); emitted !== undefined; emitted = this.#waiting.shift()) {
      this.#tell(emitted);
    }
    this.#isTelling = false;
  }

  #tell({ event, isRead }: Emitted): void {
    if (event.type === "closed") this.#hearers.finish();
    this.#onEvent?.(event);
    const isHeard = this.#hearers.tell(event);
    this.#overhearers.tell(event);
    if (!isHeard && !isRead) this.#listener?.onUnheard(event);
  }

  /** Whether there was one. */
  #tellReaders(event: ConnectionEvent): boolean {
    const isRead = this.#readers.size > 0;
    for (const reader of this.#readers) {
      reader.push(event);
      if (event.type === "closed") reader.finish();
    }
    return isRead;
  }

  /** Readers count by themselves what they miss. */
  onMissed(count: number): void {
    this.#hearers.tell({ type: "missed", count });
  }

  onFailed(event: ConnectionEvent, thrown: unknown): void {
    const error = listenerFailed(event.type, thrown);
    // A listener of errors that fails would be told of its own failure for ever.
    if (event.type === "error" || this.#hasClosed) this.#listener?.onFailure(error);
    else this.emit({ type: "error", error });
  }
}

import { aFunction, hintAt, invalidOption, shown } from "../checks.ts";
import type { AsyncSequence } from "../delivery/async-sequence.ts";
import type { NatsError } from "../errors.ts";
import type { AnyListener, HearerListener } from "./event-hearer.ts";
import { EventHearers, listenerFailed } from "./event-hearers.ts";
import type { AnyEvent } from "./event-queue.ts";
import { EventReader } from "./event-reader.ts";

/** The events of one type. */
type ChannelEventOf<E extends AnyEvent, K extends E["type"]> = Extract<E, { readonly type: K }>;

/** Hears events; a promise that it returns is awaited before the next event. */
export type ChannelListener<E extends AnyEvent, K extends E["type"]> = (
  event: ChannelEventOf<E, K>,
) => unknown;

/** What a channel tells its owner. */
export interface EventChannelListener<E extends AnyEvent> {
  /** Nobody listens to this event. */
  onUnheard(event: E): void;
  /** A listener failed. */
  onFailure(error: NatsError): void;
}

/**
 * The events of something that is built on a connection. Tells them in order, to each listener one at a time, and never from
 * within the call that caused them. `missed` is one of the types, with a `count`.
 */
export class EventChannel<E extends AnyEvent> implements HearerListener<E> {
  readonly #types: Readonly<Record<E["type"], true>>;
  readonly #listener: EventChannelListener<E>;
  readonly #hearers = new EventHearers<E>(this);
  readonly #readers = new Set<EventReader<E>>();
  #waiting: E[] = [];
  #hasEnded = false;

  /** `types` is a record, so that the compiler sees to it that none is missing. */
  constructor(types: Readonly<Record<E["type"], true>>, listener: EventChannelListener<E>) {
    this.#types = types;
    this.#listener = listener;
  }

  /**
   * Adds a listener and returns what removes it. A function that is added for several types hears all in order. Throws
   * `INVALID_OPTION`, with the name that was probably meant.
   */
  on<K extends E["type"]>(type: K, listener: ChannelListener<E, K>): () => void {
    this.#checkType(type);
    aFunction("listener", listener);
    return this.#hearers.add(type, listener as unknown as AnyListener<E>);
  }

  /** All events from now on, until the end. */
  read(): AsyncSequence<E> {
    const reader = new EventReader<E>((left) => this.#readers.delete(left));
    if (this.#hasEnded) reader.finish();
    else this.#readers.add(reader);
    return reader;
  }

  emit(event: E): void {
    if (this.#hasEnded) {
      this.#listener.onUnheard(event);
      return;
    }
    for (const reader of this.#readers) reader.push(event);
    const isRead = this.#readers.size > 0;
    if (!isRead && this.#hearers.size === 0) {
      this.#listener.onUnheard(event);
      return;
    }
    if (this.#waiting.push(event) === 1) queueMicrotask(() => this.#tellAll());
  }

  /** Nothing happens any more. */
  finish(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const reader of this.#readers) reader.finish();
    queueMicrotask(() => this.#hearers.finish());
  }

  onFailed(event: E, thrown: unknown): void {
    this.#listener.onFailure(listenerFailed(event.type, thrown));
  }

  /** Readers count by themselves what they miss. */
  onMissed(count: number): void {
    this.#hearers.tell({ type: "missed", count } as unknown as E);
  }

  #tellAll(): void {
    const events = this.#waiting;
    this.#waiting = [];
    for (const event of events) {
      if (!this.#hearers.tell(event) && this.#readers.size === 0) this.#listener.onUnheard(event);
    }
  }

  #checkType(type: unknown): void {
    if (typeof type === "string" && Object.hasOwn(this.#types, type)) return;
    const name = typeof type === "string" ? type : "";
    const hint = hintAt(name, Object.keys(this.#types), "types");
    throw invalidOption("type", `there is no ${shown(type)}: ${hint}`);
  }
}

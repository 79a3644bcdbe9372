import type { AsyncSequence } from "../delivery/async-sequence.ts";
import { type NatsError, SubscriptionError, toError } from "../errors.ts";
import type { Message } from "../message.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { Unsent } from "../outbound/in-transit.ts";
import type { Leftover } from "../outbound/outbox.ts";

/** What a connection tells of itself, by `type`. */
export type ConnectionEvent =
  /**
   * The link to `server` is gone. One for each outage. `unsent` is what had been handed to the socket since it last said
   * that all had left: it may or may not have reached the server, and is not sent again. What had not been handed over
   * is no part of it, and is replayed.
   */
  | {
      readonly type: "disconnected";
      readonly server: string;
      readonly error: NatsError;
      readonly unsent: Unsent;
    }
  /** An attempt to restore it begins, after `delay` milliseconds; `error` is why the one before failed. */
  | {
      readonly type: "reconnecting";
      readonly attempt: number;
      readonly server: string;
      readonly delay: number;
      readonly error: NatsError;
    }
  /** The link is back: subscriptions are restored, and `replayed` messages that waited are on their way. */
  | {
      readonly type: "reconnected";
      readonly server: string;
      readonly replayed: number;
      /** Messages dropped in this outage by `whileDisconnected: "drop"`. */
      readonly dropped: number;
    }
  /**
   * The connection has gone over to another server, without an outage: see `lameDuck` and `reconnect()`. Subscriptions
   * without a queue group were at neither server for `gap` milliseconds, and have missed what was published then.
   */
  | { readonly type: "moved"; readonly from: string; readonly server: string; readonly gap: number }
  /** The connection is closed for good; nothing comes after this. `error` is the reason, unless it was asked to. */
  | { readonly type: "closed"; readonly error: NatsError | undefined; readonly lost: Leftover }
  /**
   * Something failed that belongs to no call: an `-ERR` of the server, headers that can't be read. `subscription` is
   * the one that the server refused, which has ended.
   */
  | { readonly type: "error"; readonly error: NatsError; readonly subscription?: Subscription }
  /** A handler threw or rejected; delivery goes on. */
  | {
      readonly type: "handlerError";
      readonly subscription: Subscription;
      readonly message: Message;
      readonly error: NatsError;
    }
  /** A subscription has begun to drop messages; once an episode. */
  | { readonly type: "slowConsumer"; readonly subscription: Subscription; readonly dropped: number }
  /** The server is about to shut down. */
  | { readonly type: "lameDuck"; readonly server: string }
  /**
   * The cluster's list has changed: `servers` were not known, or had left; `left` were learned from an earlier list and are
   * listed no more.
   */
  | { readonly type: "discovered"; readonly servers: readonly string[]; readonly left: readonly string[] }
  /** `count` events went untold here, for their listeners or readers were too slow. */
  | { readonly type: "missed"; readonly count: number };

export type ConnectionEventType = ConnectionEvent["type"];

/** The event of one type. */
export type EventOf<T extends ConnectionEventType> = Extract<ConnectionEvent, { readonly type: T }>;

/** Hears events; a promise that it returns is awaited before the next event is told (CB-03). */
export type EventListener<T extends ConnectionEventType> = (event: EventOf<T>) => void | PromiseLike<void>;

/** How many events may wait for a slow listener or reader; beyond, the oldest go, and a `missed` event counts them. */
const MAX_WAITING = 1024;

function enqueue(waiting: ConnectionEvent[], event: ConnectionEvent): void {
  waiting.push(event);
  if (waiting.length <= MAX_WAITING) return;
  const missed = waiting[0]!.type === "missed" ? waiting[0].count : 1;
  waiting.splice(0, 2, { type: "missed", count: missed + 1 });
}

type AnyListener = (event: ConnectionEvent) => void | PromiseLike<void>;

/** Tells events in order, one at a time, and never from within the call that caused them (CB-02, CB-04). */
export class EventHub {
  readonly #listeners = new Map<ConnectionEventType, Set<AnyListener>>();
  readonly #readers = new Set<EventReader>();
  readonly #waiting: ConnectionEvent[] = [];
  #isHeld = false;
  #hasClosed = false;
  #isTelling = false;

  /** Adds a listener and returns what removes it. */
  on<T extends ConnectionEventType>(type: T, listener: EventListener<T>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener as AnyListener);
    return () => this.off(type, listener);
  }

  off<T extends ConnectionEventType>(type: T, listener: EventListener<T>): void {
    this.#listeners.get(type)?.delete(listener as AnyListener);
  }

  /** All events from now on, until `closed`, which is the last. */
  read(): AsyncSequence<ConnectionEvent> {
    const reader = new EventReader(() => this.#readers.delete(reader));
    this.#readers.add(reader);
    // After `closed` nothing comes: a loop that begins then is at its end.
    if (this.#hasClosed && !this.#isHeld) void reader.return();
    return reader;
  }

  emit(event: ConnectionEvent): void {
    // CB-05: nothing comes after `closed`; what a listener still causes has nobody to go to.
    if (this.#hasClosed) return;
    this.#hasClosed = event.type === "closed";
    enqueue(this.#waiting, event);
    if (this.#isHeld) return;
    for (const reader of this.#readers) reader.push(event);
    this.#begin();
  }

  /** Keeps events until {@link release}. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    for (const event of this.#waiting) for (const reader of this.#readers) reader.push(event);
    this.#begin();
  }

  #begin(): void {
    if (this.#isTelling || this.#waiting.length === 0) return;
    this.#isTelling = true;
    queueMicrotask(() => void this.#tell());
  }

  async #tell(): Promise<void> {
    for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) {
      for (const listener of this.#listeners.get(event.type) ?? []) {
        try {
          await listener(event);
        } catch (thrown) {
          this.#onListenerError(event, thrown);
        }
      }
    }
    this.#isTelling = false;
  }

  #onListenerError(event: ConnectionEvent, thrown: unknown): void {
    // A listener of errors that fails would be told of its own failure for ever.
    if (event.type === "error" || event.type === "closed") return;
    const cause = toError(thrown);
    const message = `a listener of "${event.type}" failed: ${cause.message}`;
    this.emit({ type: "error", error: new SubscriptionError("LISTENER_FAILED", message, { cause }) });
  }
}

/** One loop over `events()`. */
class EventReader implements AsyncSequence<ConnectionEvent> {
  readonly #onReturn: () => void;
  #events: ConnectionEvent[] = [];
  #waiting: ((result: IteratorResult<ConnectionEvent, undefined>) => void)[] = [];
  #isOver = false;

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(event: ConnectionEvent): void {
    if (event.type === "closed") this.#isOver = true;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) enqueue(this.#events, event);
    else waiting({ value: event, done: false });
    if (this.#isOver) this.#finish();
  }

  next(): Promise<IteratorResult<ConnectionEvent, undefined>> {
    const event = this.#events.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(): Promise<IteratorResult<ConnectionEvent, undefined>> {
    this.#isOver = true;
    this.#events = [];
    this.#finish();
    return Promise.resolve({ value: undefined, done: true });
  }

  #finish(): void {
    this.#onReturn();
    for (const resolve of this.#waiting) resolve({ value: undefined, done: true });
    this.#waiting = [];
  }
}

import { SubscriptionError, toError } from "../errors.ts";
import { type AnyListener, EventHearer, type HearerListener } from "./event-hearer.ts";
import type { AnyEvent } from "./event-queue.ts";

/** All that listen to some events. A function that is added for several types hears all in order. */
export class EventHearers<E extends AnyEvent> {
  readonly #hearers = new Map<AnyListener<E>, EventHearer<E>>();
  readonly #owner: HearerListener<E>;

  constructor(owner: HearerListener<E>) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#hearers.size;
  }

  /** Returns what removes it. */
  add(type: E["type"], listener: AnyListener<E>): () => void {
    const hearer = this.#hearers.get(listener) ?? new EventHearer(listener, this.#owner);
    this.#hearers.set(listener, hearer);
    hearer.types.add(type);
    // A listener that has left meanwhile, and come back, stays.
    return () => {
      if (this.#hearers.get(listener) === hearer) this.remove(type, listener);
    };
  }

  remove(type: E["type"], listener: AnyListener<E>): void {
    const hearer = this.#hearers.get(listener);
    hearer?.types.delete(type);
    if (hearer?.types.size === 0) this.#hearers.delete(listener);
  }

  /** Whether somebody hears it. */
  tell(event: E): boolean {
    let isHeard = false;
    // A copy: who is added by a listener of this event does not hear it.
    for (const hearer of Array.from(this.#hearers.values())) {
      if (!hearer.types.has(event.type)) continue;
      isHeard = true;
      hearer.hear(event);
    }
    return isHeard;
  }

  /** Nothing comes any more. */
  finish(): void {
    for (const hearer of this.#hearers.values()) hearer.finish();
  }
}

/** A listener threw or rejected. */
export function listenerFailed(type: string, thrown: unknown): SubscriptionError {
  const cause = toError(thrown);
  const message = `a listener of "${type}" failed: ${cause.message}`;
  return new SubscriptionError("LISTENER_FAILED", message, { cause });
}

import { type AnyEvent, EventQueue } from "./event-queue.ts";

export type AnyListener<E> = (event: E) => void | PromiseLike<void>;

/** What an {@link EventHearer} tells the hub. */
export interface HearerListener<E> {
  /** The listener threw or rejected. */
  onFailed(event: E, thrown: unknown): void;
  /** It was too slow, and `count` events were dropped. */
  onMissed(count: number): void;
}

/**
 * One listener, for the types that it was added for: it hears events in order and one at a time, and whatever it does
 * with its time holds up nobody else.
 */
export class EventHearer<E extends AnyEvent> {
  /** The types that it hears. */
  readonly types: Set<E["type"]> = new Set<E["type"]>();
  readonly #listener: AnyListener<E>;
  readonly #hub: HearerListener<E>;
  readonly #queue = new EventQueue<E>();
  #state: "idle" | "busy" | "missing" = "idle";

  constructor(listener: AnyListener<E>, hub: HearerListener<E>) {
    this.#listener = listener;
    this.#hub = hub;
  }

  /** Tells it at once if it is idle, otherwise when its turn comes. */
  hear(event: E): void {
    if (this.#state === "idle") this.#tell(event);
    else this.#keep(event);
  }

  /** Nothing comes any more: what it missed so far is told now, for it may never come back. */
  finish(): void {
    this.#tellMissed();
  }

  #keep(event: E): void {
    this.#queue.push(event);
    if (this.#state === "missing") return;
    const missed = this.#queue.takeMissed();
    if (missed === 0) return;
    // Before it is told, for a listener of `missed` may be the one that is too slow.
    this.#state = "missing";
    this.#hub.onMissed(missed);
  }

  #tell(event: E): void {
    for (let next: E | undefined = event; next !== undefined; next = this.#queue.shift()) {
      // It may have been removed since.
      if (!this.types.has(next.type)) continue;
      this.#state = "busy";
      const told = this.#call(next);
      if (told !== undefined) {
        void this.#await(next, told);
        return;
      }
      this.#state = "idle";
    }
  }

  #call(event: E): PromiseLike<void> | undefined {
    try {
      return this.#listener(event) ?? undefined;
    } catch (thrown) {
      this.#hub.onFailed(event, thrown);
      return undefined;
    }
  }

  async #await(event: E, told: PromiseLike<void>): Promise<void> {
    try {
      await told;
    } catch (thrown) {
      this.#hub.onFailed(event, thrown);
    }
    this.#tellMissed();
    this.#state = "idle";
    const next = this.#queue.shift();
    if (next !== undefined) this.#tell(next);
  }

  #tellMissed(): void {
    const missed = this.#queue.takeMissed();
    if (missed > 0) this.#hub.onMissed(missed);
  }
}

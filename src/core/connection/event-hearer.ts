import { EventQueue } from "./event-queue.ts";
import type { ConnectionEvent, ConnectionEventType } from "./events.ts";

export type AnyListener = (event: ConnectionEvent) => void | PromiseLike<void>;

/** What an {@link EventHearer} tells the hub. */
export interface HearerListener {
  /** The listener threw or rejected. */
  onFailed(event: ConnectionEvent, thrown: unknown): void;
  /** It was too slow, and `count` events were dropped. */
  onMissed(count: number): void;
}

/**
 * One listener, for the types that it was added for: it hears events in order and one at a time, and whatever it does
 * with its time holds up nobody else.
 */
export class EventHearer {
  /** The types that it hears. */
  readonly types: Set<ConnectionEventType> = new Set<ConnectionEventType>();
  readonly #listener: AnyListener;
  readonly #hub: HearerListener;
  readonly #queue = new EventQueue();
  #state: "idle" | "busy" | "missing" = "idle";

  constructor(listener: AnyListener, hub: HearerListener) {
    this.#listener = listener;
    this.#hub = hub;
  }

  /** Tells it at once if it is idle, otherwise when its turn comes. */
  hear(event: ConnectionEvent): void {
    if (this.#state === "idle") this.#tell(event);
    else this.#keep(event);
  }

  /** Nothing comes any more: what it missed so far is told now, for it may never come back. */
  finish(): void {
    this.#tellMissed();
  }

  #keep(event: ConnectionEvent): void {
    this.#queue.push(event);
    if (this.#state === "missing") return;
    const missed = this.#queue.takeMissed();
    if (missed === 0) return;
    // Before it is told, for a listener of `missed` may be the one that is too slow.
    this.#state = "missing";
    this.#hub.onMissed(missed);
  }

  #tell(event: ConnectionEvent): void {
    for (let next: ConnectionEvent | undefined = event; next !== undefined; next = this.#queue.shift()) {
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

  #call(event: ConnectionEvent): PromiseLike<void> | undefined {
    try {
      return this.#listener(event) ?? undefined;
    } catch (thrown) {
      this.#hub.onFailed(event, thrown);
      return undefined;
    }
  }

  async #await(event: ConnectionEvent, told: PromiseLike<void>): Promise<void> {
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

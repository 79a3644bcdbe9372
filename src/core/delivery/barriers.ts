import type { Message } from "../message.ts";

interface Barrier {
  readonly awaited: Set<Message>;
  readonly resolve: () => void;
}

/** Those who wait until certain messages have been handled, or given up. */
export class Barriers {
  readonly #open = new Set<Barrier>();

  /** Resolves when `onGone` has been told of each of these. */
  add(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#open.add({ awaited: new Set(messages), resolve }));
  }

  /** The message has been handled, or nobody will handle it. */
  onGone(message: Message): void {
    for (const barrier of this.#open) {
      if (!barrier.awaited.delete(message) || barrier.awaited.size > 0) continue;
      this.#open.delete(barrier);
      barrier.resolve();
    }
  }
}

import { Pending, type PendingLimits, type PendingListener } from "../../core/delivery/pending.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** Who is told of messages that find no room. */
export interface BacklogListener {
  onSlow(): void;
  onSlowEnded(dropped: number, duration: number): void;
}

/** Messages of a push consumer that have come and are not handled. Without a limit there could be any number, for nobody asks for them. */
export class PushBacklog implements PendingListener {
  readonly #pending: Pending;
  readonly #listener: BacklogListener;

  constructor(limits: PendingLimits, listener: BacklogListener) {
    this.#pending = new Pending(limits, this);
    this.#listener = listener;
  }

  get isEmpty(): boolean {
    return this.#pending.messages === 0;
  }

  get limits(): PendingLimits {
    return this.#pending.limits;
  }

  /** Whether there is room for it. */
  add(message: JetStreamMessage): boolean {
    if (this.#pending.add(message.received.size)) return true;
    this.#pending.dropped++;
    if (this.#pending.beginEpisode()) this.#listener.onSlow();
    return false;
  }

  /** It has left, in whatever way. */
  remove(message: JetStreamMessage): void {
    this.#pending.forget({ messages: 1, bytes: message.received.size });
  }

  /** Nothing more comes. */
  end(): void {
    this.#pending.endEpisode("ended");
  }

  onFilling(): void {
    // Only drops are told.
  }

  onSlowEnded(dropped: number, duration: number): void {
    this.#listener.onSlowEnded(dropped, duration);
  }
}

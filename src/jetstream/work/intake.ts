import type { HandOutHost } from "../consume/hand-out.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { HeldMessage } from "./held-message.ts";
import { KeyedRoom } from "./keyed-room.ts";
import type { LifeSigns } from "./life-signs.ts";
import { ShelfRoom } from "./shelf-room.ts";
import type { WaitingRoom } from "./waiting-room.ts";

/** What an {@link Intake} takes messages from, and what it tells. */
export interface IntakeHost {
  readonly shelf: HandOutHost<JetStreamMessage>;
  readonly lifeSigns: LifeSigns;
  /** `orderBy` threw: the message has no key. */
  onRefused(item: HeldMessage, thrown: unknown): void;
}

/** Takes messages off the shelf, and says which of them may be handled now. */
export class Intake {
  readonly #orderBy: ((message: JetStreamMessage) => string) | undefined;
  readonly #host: IntakeHost;
  readonly #room: WaitingRoom;
  /** As the room, if messages have keys. */
  readonly #keyed: KeyedRoom<HeldMessage> | undefined;

  constructor(orderBy: ((message: JetStreamMessage) => string) | undefined, host: IntakeHost) {
    this.#orderBy = orderBy;
    this.#host = host;
    this.#keyed = orderBy === undefined ? undefined : new KeyedRoom();
    this.#room = this.#keyed ?? new ShelfRoom(host.shelf, () => this.#takeOff());
  }

  /** How many could be handled now; some of them may turn out to be too old. */
  get free(): number {
    return this.#room.free;
  }

  /** Those that have left the shelf and wait for another one of their key. */
  get waiting(): readonly HeldMessage[] {
    return this.#room.waiting;
  }

  /** Something lies on the shelf. */
  onStocked(): void {
    const { shelf, lifeSigns } = this.#host;
    if (this.#orderBy === undefined) return;
    for (let message = shelf.take(); message !== undefined; message = shelf.take()) {
      const item = this.#held(message);
      try {
        item.key = this.#orderBy(message);
      } catch (thrown) {
        this.#host.onRefused(item, thrown);
        continue;
      }
      this.#keyed?.push(item);
      lifeSigns.keep(item, item.takenAt);
    }
  }

  /** Takes up to `max` messages, and drops those that have waited for too long: they may be somebody else's by now. */
  take(max: number): HeldMessage[] {
    return this.#room.take(max).filter((item) => {
      const now = performance.now();
      if (now < item.deadline) return true;
      this.#room.done(item);
      this.#drop(item, now);
      return false;
    });
  }

  /** The handling of one that was taken has ended. */
  done(item: HeldMessage): void {
    this.#room.done(item);
  }

  /** One that waits here must not be handled any more; false if it doesn't wait here. */
  expire(item: HeldMessage, now: number): boolean {
    if (!this.#room.remove(item)) return false;
    this.#drop(item, now);
    return true;
  }

  /** Takes out all that wait here. */
  clear(): JetStreamMessage[] {
    return this.#room.clear().map((item) => {
      this.#host.lifeSigns.release(item);
      return item.message;
    });
  }

  #takeOff(): HeldMessage | undefined {
    const message = this.#host.shelf.take();
    return message === undefined ? undefined : this.#held(message);
  }

  /** Of the message that was taken last. */
  #held(message: JetStreamMessage): HeldMessage {
    const { takenDeadline: deadline, takenWait: wait } = this.#host.shelf;
    return new HeldMessage(message, { now: performance.now(), deadline, wait });
  }

  #drop(item: HeldMessage, now: number): void {
    this.#host.lifeSigns.release(item);
    this.#host.shelf.drop(item.message, now - item.takenAt);
  }
}

import type { Message } from "../message.ts";

/** What happens to a message for which a subscription has no room. */
export type OnFull = "drop-new" | "drop-old" | "error";

/** How much may wait in one subscription. Messages that are being handled count too. */
export interface PendingLimits {
  /** Messages; `Infinity` for no limit. */
  readonly messages: number;
  /** Bytes of payload; `Infinity` for no limit. */
  readonly bytes: number;
  /** What happens when a message finds no room. @default "drop-new" */
  readonly onFull: OnFull;
  /**
   * The part of either limit, above 0 and up to 1, from which a `pendingWarning` event says that messages are piling up,
   * before any is dropped. The next one comes only after most of them have been handled. Without it there are no warnings.
   */
  readonly warnAt?: number | undefined;
}

/** A number of messages, and the bytes of their payloads. */
export interface PendingCount {
  readonly messages: number;
  readonly bytes: number;
}

/** A slow-consumer episode ends when no more than this part of the limits is in use; the next drop begins a new one. */
const RECOVERED_AT = 0.5;

/** What becomes of the messages that wait, as far as others have to be told. */
export interface PendingListener {
  /** So much waits as `warnAt` says. */
  onFilling(): void;
  /** An episode of a slow consumer is over, in which so many messages were dropped, for so many milliseconds. */
  onSlowEnded(dropped: number, duration: number, reason: SlowEnd): void;
}

/** Why no more messages are dropped: enough of what waited is handled, or nothing more comes. */
export type SlowEnd = "recovered" | "ended";

/** keeping-up → warned → slow, by what waits and by drops; back by what is handled. */
type Pace = "keeping-up" | "warned" | "slow";

/** The books of one subscription: what waits, what was delivered, what was dropped. */
export class Pending {
  messages = 0;
  bytes = 0;
  maxMessages = 0;
  maxBytes = 0;
  delivered = 0;
  /** Messages whose handling is over. */
  handled = 0;
  dropped = 0;
  readonly #listener: PendingListener;
  #limits!: PendingLimits;
  /** Up to here there is room, and nothing to warn of. */
  #quietMessages = Infinity;
  #quietBytes = Infinity;
  #pace: Pace = "keeping-up";
  #slowSince = 0;
  /** Dropped before the episode. */
  #droppedBefore = 0;
  #droppedTaken = 0;
  /** Messages that are being handled, but that no drain waits for, because their handlers wait for a drain. */
  #spared: Set<Message> | undefined;

  constructor(limits: PendingLimits, listener: PendingListener) {
    this.#listener = listener;
    this.limits = limits;
  }

  get limits(): PendingLimits {
    return this.#limits;
  }

  set limits(limits: PendingLimits) {
    this.#limits = limits;
    this.#quietMessages = quietUpTo(limits.messages, limits.warnAt);
    this.#quietBytes = quietUpTo(limits.bytes, limits.warnAt);
  }

  /** Books in a message with so many bytes; false if there is no room for it, which leaves the books as they were. */
  add(size: number): boolean {
    const messages = this.messages + 1;
    const bytes = this.bytes + size;
    if (messages > this.maxMessages) this.maxMessages = messages;
    if (bytes > this.maxBytes) this.maxBytes = bytes;
    const isQuiet = messages <= this.#quietMessages && bytes <= this.#quietBytes;
    if (!isQuiet && (messages > this.#limits.messages || bytes > this.#limits.bytes)) return false;
    this.messages = messages;
    this.bytes = bytes;
    if (!isQuiet) this.#fill();
    return true;
  }

  /** How many of those being handled no drain waits for. */
  get spared(): number {
    return this.#spared === undefined ? 0 : this.#spared.size;
  }

  /** No drain waits for this message, which is being handled. */
  spare(message: Message): void {
    (this.#spared ??= new Set()).add(message);
  }

  /** Whether there is nothing that a drain waits for. */
  get isIdle(): boolean {
    return this.#spared === undefined ? this.messages === 0 : this.messages === this.#spared.size;
  }

  /** Books out a message whose handling is over. */
  complete(message: Message): void {
    this.messages--;
    this.bytes -= message.size;
    this.handled++;
    if (this.#spared !== undefined) this.#spared.delete(message);
    if (this.#pace !== "keeping-up") this.#recover();
  }

  /** As {@link complete}, for many at once. */
  completeAll(messages: readonly Message[]): void {
    let bytes = 0;
    for (const message of messages) {
      bytes += message.size;
      this.#spared?.delete(message);
    }
    this.#remove(messages.length, bytes);
    this.handled += messages.length;
    this.#recover();
  }

  /** Books out a message for which there is no room after all. */
  drop(size: number): void {
    this.#remove(1, size);
    this.dropped++;
  }

  /** Books out messages that nobody asks for any more. */
  forget({ messages, bytes }: PendingCount): void {
    this.#remove(messages, bytes);
    this.#recover();
  }

  #remove(messages: number, bytes: number): void {
    this.messages -= messages;
    this.bytes -= bytes;
  }

  #fill(): void {
    if (this.#pace !== "keeping-up") return;
    this.#pace = "warned";
    this.#listener.onFilling();
  }

  /** Only handling makes real room: what is dropped for a newer message does not. */
  #recover(): void {
    if (this.#pace === "keeping-up") return;
    if (this.#pace === "slow") {
      if (!this.#isBelow(RECOVERED_AT)) return;
      this.endEpisode("recovered");
    }
    const { warnAt } = this.#limits;
    if (warnAt === undefined || this.#isBelow(Math.min(RECOVERED_AT, warnAt / 2))) this.#pace = "keeping-up";
  }

  #isBelow(part: number): boolean {
    return this.messages <= this.#limits.messages * part && this.bytes <= this.#limits.bytes * part;
  }

  /** A message was dropped: whether that is the first of an episode. */
  beginEpisode(): boolean {
    if (this.#pace === "slow") return false;
    this.#pace = "slow";
    this.#slowSince = performance.now();
    return true;
  }

  /** Nothing more is dropped, if anything was. */
  endEpisode(reason: SlowEnd): void {
    if (this.#pace !== "slow") return;
    this.#pace = "warned";
    const dropped = this.dropped - this.#droppedBefore;
    this.#droppedBefore = this.dropped;
    this.#listener.onSlowEnded(dropped, Math.round(performance.now() - this.#slowSince), reason);
  }

  /** How many were dropped since this was asked last. */
  takeDropped(): number {
    const count = this.dropped - this.#droppedTaken;
    this.#droppedTaken = this.dropped;
    return count;
  }

  clearMaxima(): void {
    this.maxMessages = 0;
    this.maxBytes = 0;
  }
}

/** The most of which neither the limit nor its part `warnAt` says anything. */
function quietUpTo(limit: number, warnAt: number | undefined): number {
  return warnAt === undefined ? limit : Math.min(limit, Math.ceil(limit * warnAt) - 1);
}

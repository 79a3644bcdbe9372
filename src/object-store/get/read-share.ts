import type { Ration } from "../../jetstream/consume/ration.ts";
import type { Claim } from "./read-budget.ts";

/** What a {@link ReadShare} is a share of. */
export interface ReadShareHost {
  join(share: ReadShare): void;
  leave(share: ReadShare): void;
  /** It is served in its turn. */
  claim(share: ReadShare): void;
  /** So many bytes more are on their way; or less, for they have come, or won't come. */
  moved(bytes: number): void;
  /** So many bytes have come. */
  arrived(bytes: number): void;
  /** Bytes that have come since the beginning. */
  readonly came: number;
  /** Whether what was on its way when `came` was this may still be coming. */
  isBefore(came: number): boolean;
  /** Messages of this size that each of those who share may have. */
  most(messageBytes: number): number;
}

/** The part of it that must be free before more is asked for: what is left at the end is asked for at once. */
const PART = 2;

/** What one get has of a {@link ReadBudget}: messages that are on their way or here. */
export class ReadShare implements Ration, Claim {
  readonly messageBytes: number;
  readonly #host: ReadShareHost;
  readonly #most: number;
  #grant: ((messages: number) => void) | undefined;
  #onTheWay = 0;
  #held = 0;
  #wish = 0;
  #received = 0;
  /** Messages that were asked for, and of these the ones that the server has not got. */
  #asked = 0;
  #absent = 0;
  /** What had come in all when something of its own did, and when it was looked at last. */
  #cameBefore = 0;
  #cameSeen = 0;

  constructor(host: ReadShareHost, messageBytes: number, most: number) {
    this.#host = host;
    this.messageBytes = messageBytes;
    this.#most = most;
  }

  /**
   * Whether, since it was looked at last, it was the turn of others: something came to them, and this one may not ask, or they had
   * asked before it.
   */
  isOthersTurn(): boolean {
    const { came } = this.#host;
    const isComing = came > this.#cameSeen;
    this.#cameSeen = came;
    const mayNotAsk = this.#wish > 0 && this.#onTheWay === 0;
    return isComing && (mayNotAsk || this.#host.isBefore(this.#cameBefore));
  }

  get due(): number {
    const most = Math.min(this.#most, this.#host.most(this.messageBytes));
    const room = Math.min(this.#wish, most - this.#onTheWay - this.#held);
    return room >= Math.min(this.#wish, Math.ceil(most / PART)) ? room : 0;
  }

  open(grant: (messages: number) => void): void {
    this.#grant = grant;
    this.#look();
    this.#host.join(this);
  }

  grant(messages: number): void {
    this.#grant?.(messages);
  }

  onChange(asked: number, held: number, wish: number, received: number): void {
    this.#host.arrived((received - this.#received) * this.messageBytes);
    this.#received = received;
    this.#held = held;
    this.#wish = wish;
    this.#asked = asked;
    this.#absent = Math.min(this.#absent, asked);
    this.#count();
    this.claimDue();
  }

  /** Others need not wait for it. */
  onIdle(): void {
    this.#absent = this.#asked;
    this.#count();
  }

  #count(): void {
    const onTheWay = this.#asked - this.#absent;
    const more = onTheWay - this.#onTheWay;
    if (more === 0) return;
    this.#onTheWay = onTheWay;
    this.#host.moved(more * this.messageBytes);
    this.#look();
  }

  #look(): void {
    this.#cameBefore = this.#host.came;
    this.#cameSeen = this.#cameBefore;
  }

  /** Asks for its turn if it has room. */
  claimDue(): void {
    if (this.#wish > 0 && this.due > 0) this.#host.claim(this);
  }

  close(): void {
    this.#grant = undefined;
    this.onChange(0, 0, 0, this.#received);
    this.#host.leave(this);
  }
}

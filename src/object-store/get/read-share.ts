import type { Ration } from "../../jetstream/consume/ration.ts";
import type { Claim } from "./read-budget.ts";

/** What a share needs of its {@link ReadBudget}. */
export interface ReadShareHost {
  join(share: ReadShare): void;
  leave(share: ReadShare): void;
  /** Queues for room. */
  claim(share: ReadShare): void;
  /** The bytes on their way have grown by this number; by a negative one they have become fewer. */
  moved(bytes: number): void;
  /** So many bytes have come. */
  arrived(bytes: number): void;
  /** Bytes that have come to all shares since the beginning. */
  readonly came: number;
  /** Whether bytes that were on their way when {@link came} had this value may still be on their way. */
  mayStillCome(came: number): boolean;
  /** How many messages of this size each share may hold or have on their way. */
  most(messageBytes: number): number;
}

/** A share asks for more when 1 / PART of its room is free, so that it asks seldom. The last few messages don't wait for that. */
const PART = 2;

/** One get's share of a {@link ReadBudget}: the messages that it holds or has on their way. */
export class ReadShare implements Ration, Claim {
  readonly messageBytes: number;
  readonly #host: ReadShareHost;
  readonly #most: number;
  #grant: ((messages: number) => void) | undefined;
  #onTheWay = 0;
  #held = 0;
  #wish = 0;
  #received = 0;
  /** Messages that were asked for and have not come. */
  #asked = 0;
  /** Those of them that the server does not have, so that they are not on their way. */
  #absent = 0;
  /** `came` of the budget when this share last asked or received. */
  #cameAtMove = 0;
  /** `came` of the budget when {@link isOthersTurn} was last asked. */
  #cameAtLook = 0;

  constructor(host: ReadShareHost, messageBytes: number, most: number) {
    this.#host = host;
    this.messageBytes = messageBytes;
    this.#most = most;
  }

  /**
   * Whether others had their turn since this was last asked: bytes came to them, and this share waits for room or its messages come
   * behind theirs.
   */
  isOthersTurn(): boolean {
    const { came } = this.#host;
    const isComing = came > this.#cameAtLook;
    this.#cameAtLook = came;
    const waitsForRoom = this.#wish > 0 && this.#onTheWay === 0;
    return isComing && (waitsForRoom || this.#host.mayStillCome(this.#cameAtMove));
  }

  /** Messages that it may ask for; 0 while too little of its room is free. */
  get due(): number {
    const most = Math.min(this.#most, this.#host.most(this.messageBytes));
    const room = Math.min(this.#wish, most - this.#onTheWay - this.#held);
    return room >= Math.min(this.#wish, Math.ceil(most / PART)) ? room : 0;
  }

  open(grant: (messages: number) => void): void {
    this.#grant = grant;
    this.#noteMove();
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

  /** The server has nothing to send: others need not wait for this share. */
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
    this.#noteMove();
  }

  #noteMove(): void {
    this.#cameAtMove = this.#host.came;
    this.#cameAtLook = this.#cameAtMove;
  }

  /** Queues for room if it may ask for something. */
  claimDue(): void {
    if (this.#wish > 0 && this.due > 0) this.#host.claim(this);
  }

  close(): void {
    this.#grant = undefined;
    this.onChange(0, 0, 0, this.#received);
    this.#host.leave(this);
  }
}

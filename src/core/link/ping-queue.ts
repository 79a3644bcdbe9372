import { type BarrierEnd, barrierEnd } from "../barrier.ts";
import type { NatsError } from "../errors.ts";
import { Fifo } from "../fifo.ts";
import { PING } from "../protocol/commands.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";

/** A PING among those that were asked. */
export type PingMark = object;

/** What a link was given of all that was published. */
export interface Given {
  /** The position of the last message. */
  readonly handedOver: number;
  /** How many messages that were. */
  readonly givenToLink: number;
}

interface AskedPing {
  /** undefined: a keep-alive, which nobody waits for. */
  readonly waiter: Waiter<void> | undefined;
  /** How many messages had been published by then. */
  readonly position: number;
}

/**
 * The PINGs that wait for their PONG. The server answers them in order, so a PONG belongs to the oldest, also if
 * whoever waited has given up meanwhile: its place is kept (FLUSH-03, FLUSH-04).
 */
export class PingQueue {
  readonly #send: (command: Uint8Array) => void;
  readonly #position: () => number;
  readonly #asked = new Fifo<AskedPing>();
  #confirmed = 0;

  /** `position` tells how many messages have been published. */
  constructor(send: (command: Uint8Array) => void, position: () => number = () => 0) {
    this.#send = send;
    this.#position = position;
  }

  /** The most messages that can be lost of those that the link was given: neither a PONG nor a response has come behind them. */
  unconfirmed({ handedOver, givenToLink }: Given): number {
    // Positions count those that were withdrawn, too.
    return Math.max(0, Math.min(handedOver - this.#confirmed, givenToLink));
  }

  /** Whether messages have been published that nothing has confirmed, and no PING is under way that might. */
  get isBehind(): boolean {
    return this.#asked.length === 0 && this.#position() > this.#confirmed;
  }

  /** The server has processed all up to this position. */
  confirm(position: number): void {
    if (position > this.#confirmed) this.#confirmed = position;
  }

  /** A link begins to be used on which what was published up to here will never be sent. */
  startAt(position: number): void {
    this.#confirmed = position;
  }

  /** Tells how it ends that all has come that the server sends before it has read this. Never rejects. */
  barrier(options: WaitLimits = {}): Promise<BarrierEnd> {
    return barrierEnd(this.flush(options));
  }

  /** Resolves when the server has processed all that was sent before; rejects with `TIMEOUT`, `ABORTED` or {@link fail}. */
  flush(options: WaitLimits): Promise<void> {
    const waiter = new Waiter<void>(options, { what: "the server to answer a flush" });
    this.#ask(waiter);
    return waiter.promise;
  }

  keepAlive(): void {
    this.#ask(undefined);
  }

  #ask(waiter: Waiter<void> | undefined): void {
    this.#asked.push({ waiter, position: this.#position() });
    this.#send(PING);
  }

  /** The connection has moved to another link: asks there what the one before has not answered. */
  resend(): void {
    for (const { waiter } of this.#asked.takeAll()) if (waiter?.isSettled === false) this.#ask(waiter);
  }

  /** The link that `other` asked on is the one in use now: its answers come first. */
  takeOver(other: PingQueue): void {
    const own = this.#asked.takeAll();
    for (const ping of [...other.#asked.takeAll(), ...own]) this.#asked.push(ping);
  }

  /** The one that was asked last. */
  mark(): PingMark | undefined {
    return this.#asked.last;
  }

  /** How many have not been answered up to this one; 0 if that has been. */
  countUpTo(mark: PingMark | undefined): number {
    return this.#asked.indexOf(mark as AskedPing) + 1;
  }

  /** How many have not been answered. */
  get length(): number {
    return this.#asked.length;
  }

  /** The connection leaves the link on which the `count` oldest were asked: they stay with it, where `send` asks more. */
  leave(count: number, send: (command: Uint8Array) => void): PingQueue {
    const left = new PingQueue(send);
    for (let i = 0; i < count; i++) left.#asked.push(this.#asked.shift()!);
    left.#confirmed = this.#confirmed;
    return left;
  }

  /** With `next`, on a link that was left: its waiter then waits for `next` too, which got what this link had not taken. */
  onPong(next?: PingQueue): void {
    const answered = this.#asked.shift();
    if (answered === undefined) return;
    const { waiter, position } = answered;
    this.confirm(position);
    if (next === undefined) waiter?.resolve();
    else if (waiter?.isSettled === false) next.#ask(waiter);
  }

  /** The link is gone, and with it the answers. */
  fail(error: NatsError): void {
    for (const { waiter } of this.#asked.takeAll()) waiter?.reject(error);
  }
}

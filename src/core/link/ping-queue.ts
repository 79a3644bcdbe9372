import type { NatsError } from "../errors.ts";
import { PING } from "../protocol/encoder.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";

/**
 * The PINGs that wait for their PONG. The server answers them in order, so a PONG belongs to the oldest, also if
 * whoever waited has given up meanwhile: its place is kept (FLUSH-03, FLUSH-04).
 */
export class PingQueue {
  readonly #send: (command: Uint8Array) => void;
  // undefined: a keep-alive, which nobody waits for.
  #waiters: (Waiter<void> | undefined)[] = [];

  constructor(send: (command: Uint8Array) => void) {
    this.#send = send;
  }

  /** Resolves when the server has processed all that was sent before. */
  flush(options: WaitOptions): Promise<void> {
    const waiter = new Waiter<void>(options, { what: "the server to answer a flush" });
    this.#ask(waiter);
    return waiter.promise;
  }

  keepAlive(): void {
    this.#ask(undefined);
  }

  #ask(waiter: Waiter<void> | undefined): void {
    this.#waiters.push(waiter);
    this.#send(PING);
  }

  /** The connection has moved to another link: asks there what the one before has not answered. */
  resend(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) if (waiter?.isSettled === false) this.#ask(waiter);
  }

  /** The link that `other` asked on is the one in use now: its answers come first. */
  takeOver(other: PingQueue): void {
    this.#waiters.unshift(...other.#waiters);
    other.#waiters = [];
  }

  onPong(): void {
    this.#waiters.shift()?.resolve();
  }

  /** The link is gone, and with it the answers. */
  fail(error: NatsError): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter?.reject(error);
  }
}

import type { NatsError } from "../../core/errors.ts";
import type { HandOut, HandOutHost } from "./hand-out.ts";

/** Somebody who waits for a message. */
export interface WaitingReader<M> {
  /** It waits no more, and is passed over. */
  readonly isSettled?: boolean;
  onMessage(message: M): void;
  onEnd(): void;
}

/** A loop over messages, or over batches of them. */
export interface MessageLoop<M> {
  readonly inHand: readonly M[];
}

/** Hands messages out to whoever comes for them: several loops share them, each message goes to one. */
export class MessageReaders<M> implements HandOut<M> {
  readonly onStack = undefined;
  readonly comesBack = true;
  readonly #host: HandOutHost<M>;
  #waiting: WaitingReader<M>[] = [];
  readonly #loops = new Set<MessageLoop<M>>();
  #isBegun = false;
  #isHeard = false;
  #hasEnded = false;
  #error: NatsError | undefined;

  constructor(host: HandOutHost<M>) {
    this.#host = host;
  }

  get inHand(): readonly M[] {
    return [...this.#loops].flatMap(({ inHand }) => inHand);
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  get throwsEnd(): boolean {
    return this.#isHeard;
  }

  /** Nothing lies here, and nothing more will. */
  get isExhausted(): boolean {
    return this.#hasEnded && this.#host.stock === 0;
  }

  /** Why it ended, if that was a failure. */
  get error(): NatsError | undefined {
    return this.#error;
  }

  enter(loop: MessageLoop<M>): void {
    this.#isBegun = true;
    this.#isHeard = true;
    this.#loops.add(loop);
  }

  leave(loop: MessageLoop<M>): void {
    this.#loops.delete(loop);
    this.#host.leave();
  }

  /** A single message is asked for. Another call may never follow, so no drain waits for one. */
  visit(): void {
    this.#isHeard = true;
  }

  read(): M | undefined {
    return this.#host.take();
  }

  readBatch(limit: number): M[] {
    return this.#host.takeBatch(limit);
  }

  /** Waits behind those that wait already; only to be called when nothing lies here. */
  wait(reader: WaitingReader<M>): void {
    if (this.#hasEnded) reader.onEnd();
    else this.#waiting.push(reader);
  }

  /** It waits no more. */
  forget(reader: WaitingReader<M>): void {
    const at = this.#waiting.indexOf(reader);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  complete(message: M): void {
    this.#host.complete(message);
  }

  onStocked(): void {
    while (this.#waiting[0]?.isSettled === true) this.#waiting.shift();
    if (this.#waiting.length === 0) return;
    const message = this.#host.take();
    if (message !== undefined) this.#waiting.shift()!.onMessage(message);
  }

  onSpared(): void {
    // Whoever reads comes for more, or not.
  }

  finish(error: NatsError | undefined): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const reader of waiting) reader.onEnd();
  }

  abandon(error: NatsError | undefined): readonly M[] {
    this.finish(error);
    return [];
  }
}

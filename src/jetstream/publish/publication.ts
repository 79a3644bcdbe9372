import { rejection } from "../../core/caller-stack.ts";
import type { NatsError } from "../../core/errors.ts";
import type { Payload } from "../../core/message.ts";
import type { MessageFrame } from "../../core/protocol/decoder.ts";
import type { ReplyRouter } from "../../core/requests/reply-router.ts";
import { TimedRequester } from "../../core/requests/timed-requester.ts";
import type { PubAck } from "./message-options.ts";

/** Hears what becomes of publications on their way. */
export interface PublicationListener {
  /** The answer to it has come; what is kept of the frame must be copied. */
  onReply(publication: Publication, frame: MessageFrame): void;
  /** Nothing came within `timeout` milliseconds. */
  onLate(publication: Publication, timeout: number): void;
  /** It can't be sent, or no answer can come any more. It has been released. */
  onFailure(publication: Publication, error: NatsError): void;
}

/** Whoever dropped the promise of a publish hears of its failure by a flush: it is no unhandled rejection. */
export function holdRejection(promise: Promise<PubAck>): void {
  promise.catch(() => undefined);
}

/** What settles a promise that an application has. */
export type Settle = (outcome: PubAck | Promise<never>) => void;

/** One message of a window, from the call until its promise is settled; it may be sent more than once. */
export class Publication extends TimedRequester {
  /** Its place in the order of the calls, from 1 on. */
  readonly number: number;
  readonly block: Uint8Array | undefined;
  readonly payload: Payload;
  readonly size: number;
  /** It may be published again without being stored again. */
  readonly hasMsgId: boolean;
  /** How often nobody took it, or no answer came. */
  attempts = 0;
  /** The failure of an attempt after which it may be stored. */
  uncertain: NatsError | undefined = undefined;
  isSettled = false;
  /** Its neighbours among all that is not settled. */
  older: Publication | undefined = undefined;
  newer: Publication | undefined = undefined;
  readonly #listener: PublicationListener;
  readonly #promise: Promise<PubAck>;
  readonly #settle: Settle;

  constructor(
    listener: PublicationListener,
    router: ReplyRouter,
    number: number,
    subject: string,
    block: Uint8Array | undefined,
    payload: Payload,
    size: number,
    hasMsgId: boolean,
    promise: Promise<PubAck>,
    settle: Settle,
  ) {
    super(subject, router, undefined, false);
    this.#listener = listener;
    this.number = number;
    this.block = block;
    this.payload = payload;
    this.size = size;
    this.hasMsgId = hasMsgId;
    this.#promise = promise;
    this.#settle = settle;
  }

  /** Whether it may be stored, as far as this process knows. */
  get mayBeStored(): boolean {
    return this.uncertain !== undefined || this.isSent;
  }

  receive(frame: MessageFrame): void {
    this.#listener.onReply(this, frame);
  }

  onExpired(timeout: number): void {
    this.#listener.onLate(this, timeout);
  }

  fail(error: NatsError): void {
    this.release();
    this.#listener.onFailure(this, error);
  }

  /** No answer to it is waited for any more; it can be sent again. */
  release(): void {
    this.router.host.release(this);
  }

  resolve(ack: PubAck): void {
    this.isSettled = true;
    this.#settle(ack);
  }

  reject(error: NatsError): void {
    this.isSettled = true;
    holdRejection(this.#promise);
    this.#settle(rejection(error));
  }
}

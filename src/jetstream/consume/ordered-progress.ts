import { setUnheldTimer } from "../../core/unheld-timer.ts";
import { JetStreamError } from "../errors.ts";
import type { OrderedPlace } from "./engine/ordered-place.ts";

/** Milliseconds for which a consumer is kept between two readings. */
const KEPT = 2000;

/** What {@link OrderedProgress} needs of whoever makes the consumers. */
export interface OrderedProgressHost {
  readonly stream: string;
  /** Begins to remove the consumer in use. */
  remove(): void;
}

/**
 * How far an ordered reader has come, over all its readings: each goes on behind the last message that was handed out. It
 * keeps the consumer if that has sent nothing more, and if the next reading begins soon.
 */
export class OrderedProgress {
  readonly #host: OrderedProgressHost;
  #place: OrderedPlace | undefined;
  #isReading = false;
  #isConsumerKept = false;
  /** The last message that was handed out. */
  #cursor: number | undefined;
  /** How many came after it. */
  #unread = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: OrderedProgressHost) {
    this.#host = host;
  }

  /** The sequence of the message that was handed out last; undefined before the first. */
  get cursor(): number | undefined {
    return this.#cursor;
  }

  get isReading(): boolean {
    return this.#isReading;
  }

  /** A reading begins; returns where. Throws `CONSUMER_BOUND` if there is one. */
  begin(): OrderedPlace | undefined {
    if (this.#isReading) {
      const { stream } = this.#host;
      const text = `this ordered consumer of the stream "${stream}" is being read: another reader needs one of its own`;
      throw new JetStreamError("CONSUMER_BOUND", text, { stream, retryable: true });
    }
    this.#isReading = true;
    clearTimeout(this.#timer);
    if (!this.#isConsumerKept || this.#unread > 0) this.#giveUpConsumer();
    return this.#place;
  }

  /** A message is here to be handed out. */
  arrived(): void {
    this.#unread++;
  }

  /** It was handed out. */
  taken(seq: number): void {
    this.#unread--;
    this.#cursor = seq;
  }

  /** The reading ends. `isClean`: the consumer sends nothing more by itself. */
  end(place: OrderedPlace, isClean: boolean): void {
    this.#place = place;
    this.#isReading = false;
    this.#isConsumerKept = isClean;
    if (!isClean) {
      this.#host.remove();
      return;
    }
    this.#timer = setUnheldTimer(() => {
      this.#isConsumerKept = false;
      this.#host.remove();
    }, KEPT);
  }

  #giveUpConsumer(): void {
    if (this.#isConsumerKept) this.#host.remove();
    this.#isConsumerKept = false;
    this.#place?.backTo(this.#cursor, this.#unread);
    this.#unread = 0;
  }
}

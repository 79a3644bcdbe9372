/** A message that has come, and is handled after a while. */
export interface Delivered {
  readonly seq: number;
  readonly deliverySeq: number;
}

/** What a server asks, and what has to be handled before it is answered. */
interface FlowRequest {
  readonly subject: string;
  /** The number of the last message that had come. */
  readonly after: number;
  readonly last: Delivered | undefined;
}

// JS-05, JS-06, JS-PUSH-03
/** Tells a server that it may send more when all messages are handled that had come before it asked. */
export class FlowControl {
  readonly #answer: (subject: string, last: Delivered | undefined) => void;
  /** What has come and is not handled, in order, with its number. */
  readonly #open = new Map<Delivered, number>();
  #count = 0;
  #last: Delivered | undefined;
  /** The server counts the answer to its last request alone. */
  #request: FlowRequest | undefined;

  /** `answer` gets the last message that had come before the request, if there was one. */
  constructor(answer: (subject: string, last: Delivered | undefined) => void) {
    this.#answer = answer;
  }

  /** A message has come. */
  onAccepted(message: Delivered): void {
    this.#open.set(message, ++this.#count);
    this.#last = message;
  }

  /** It was handled. */
  onHandled(message: Delivered): void {
    this.#open.delete(message);
    if (this.#request !== undefined) this.#answerIfDue(this.#request);
  }

  // JS-08: a heartbeat that tells of a stall says so too, for the request itself may have got lost.
  onRequest(subject: string): void {
    // The same one again waits for no more than it did.
    if (this.#request?.subject !== subject) {
      this.#request = { subject, after: this.#count, last: this.#last };
    }
    this.#answerIfDue(this.#request);
  }

  #answerIfDue({ subject, after, last }: FlowRequest): void {
    for (const number of this.#open.values()) {
      if (number <= after) return;
      break;
    }
    this.#request = undefined;
    this.#answer(subject, last);
  }
}

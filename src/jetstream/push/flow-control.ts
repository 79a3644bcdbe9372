// JS-05, JS-06, JS-PUSH-03
/**
 * Says when a server may send more: once as many messages were handled as had come before it asked. With handlers side by
 * side these need not be the same ones, but there are no more of them.
 */
export class FlowControl {
  readonly #answer: (subject: string) => void;
  #accepted = 0;
  #handled = 0;
  /** The last request, which the server counts alone, and how many are to be handled before. */
  #waiting: { readonly subject: string; readonly after: number } | undefined;

  constructor(answer: (subject: string) => void) {
    this.#answer = answer;
  }

  /** A message has come. */
  onAccepted(): void {
    this.#accepted++;
  }

  /** A message has left, in whatever way. */
  onHandled(): void {
    this.#handled++;
    if (this.#waiting !== undefined) this.#answerIfDue();
  }

  // JS-08: a heartbeat that tells of a stall says so too, for the request itself may have got lost.
  onRequest(subject: string): void {
    // The same one again waits for no more than it did.
    if (this.#waiting?.subject !== subject) this.#waiting = { subject, after: this.#accepted };
    this.#answerIfDue();
  }

  #answerIfDue(): void {
    if (this.#waiting === undefined || this.#handled < this.#waiting.after) return;
    const { subject } = this.#waiting;
    this.#waiting = undefined;
    this.#answer(subject);
  }
}

/** How many messages of an ingest are under way, and how many may be. */
export class IngestFlow {
  readonly #maxOutstanding: number;
  /** Messages from ack to ack. */
  #every: number;
  #sent = 0;
  #acked = 0;
  #isOpen = false;

  constructor(ackEvery: number, maxOutstanding: number) {
    this.#every = ackEvery;
    this.#maxOutstanding = maxOutstanding;
  }

  get sent(): number {
    return this.#sent;
  }

  /** All up to this number are stored. */
  get acked(): number {
    return this.#acked;
  }

  /** The server has taken the first message: there is a stream, and it allows fast ingest. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  // JS-FAST-03
  /** No more should be sent for now: until the first message is taken, and while too many acks are missing. */
  get isFull(): boolean {
    if (!this.#isOpen) return this.#sent > 0;
    return this.#acked + this.#every * this.#maxOutstanding <= this.#sent;
  }

  onSent(): void {
    this.#sent++;
  }

  onAck(number: number, every: number): void {
    this.#isOpen = true;
    this.#acked = Math.max(this.#acked, number);
    this.#every = every;
  }

  /** The server keeps what it has up to this number, and nothing after it. */
  onEnd(number: number): void {
    this.#isOpen = true;
    this.#acked = Math.max(this.#acked, number);
  }
}

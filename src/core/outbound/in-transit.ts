/** What a lost link had taken. Nobody knows whether it reached the server. */
export interface Unsent {
  /** Messages that may or may not have left the process. They are not sent again, for they could arrive twice. */
  readonly messages: number;
  /** Their bytes on the wire, with those of the commands among them. */
  readonly bytes: number;
}

/**
 * Counts what was handed to the transport and may not have left: by the write, for the transport tells bytes and knows no
 * messages. What has left is forgotten in two steps, so that the count is never too small, and goes to zero whenever all
 * has left.
 */
export class InTransit {
  #given = 0;
  #messages = 0;
  #bytes = 0;
  #olderMessages = 0;
  #olderBytes = 0;

  /** How many messages the link has been given. */
  get given(): number {
    return this.#given;
  }

  /** A link begins that has been given nothing. */
  begin(): void {
    this.#given = 0;
  }

  /** Counts a write, behind which `unsentBytes` in all have not left. */
  add(messages: number, bytes: number, unsentBytes: number): void {
    this.#given += messages;
    if (unsentBytes > 0) {
      this.#messages += messages;
      this.#bytes += bytes;
    }
    this.left(unsentBytes);
  }

  /** No more than this has not left. */
  left(unsentBytes: number): void {
    // Bytes leave in order: while more are unsent than the newer writes have, older ones are among them.
    if (unsentBytes > 0 && this.#bytes < unsentBytes) return;
    this.#olderMessages = unsentBytes > 0 ? this.#messages : 0;
    this.#olderBytes = unsentBytes > 0 ? this.#bytes : 0;
    this.#messages = 0;
    this.#bytes = 0;
  }

  /** The link is gone: what may not have left, once. */
  take(unsentBytes: number): Unsent {
    this.left(unsentBytes);
    const messages = this.#olderMessages + this.#messages;
    const bytes = this.#olderBytes + this.#bytes;
    this.left(0);
    return { messages, bytes };
  }
}

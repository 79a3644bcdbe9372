import { ReadShare, type ReadShareHost } from "./read-share.ts";

const MEBI = 1024 * 1024;

/** Bytes on their way to all gets of a connection, at most. A server ends a link when more than 64 MiB wait for it. */
const ON_THE_WAY = 32 * MEBI;

/** Bytes that all gets together may hold or have on their way. Each get has an equal part of it. */
const TOGETHER = 64 * MEBI;

/** A call counts as so many times its bytes: all that is on its way before the answer must come within the call's time limit, too. */
const CALL_WEIGHT = 4;

/** Somebody who waits for room. */
export interface Claim {
  /** Bytes of a message, at most. */
  readonly messageBytes: number;
  /** Messages that it may ask for now. */
  readonly due: number;
  grant(messages: number): void;
}

/**
 * The room that all gets of a connection share. Claims are served in turn, each with as much as it may hold. Bytes that have come
 * are no longer on their way, so a reader that takes nothing keeps nobody waiting.
 */
export class ReadBudget implements ReadShareHost {
  readonly #shares = new Set<ReadShare>();
  readonly #queue = new Set<Claim>();
  #onTheWay = 0;
  #came = 0;
  #isServing = false;

  /** For a get whose messages have up to `messageBytes` bytes. It may hold or have on their way up to `most` of them. */
  share(messageBytes: number, most: number): ReadShare {
    return new ReadShare(this, messageBytes, most);
  }

  /** Waits for room for the bytes that a call brings, then makes the call. */
  async call<T>(bytes: number, call: () => Promise<T>): Promise<T> {
    const messageBytes = bytes * CALL_WEIGHT;
    await new Promise<void>((resolve) => {
      const grant = (): void => {
        this.moved(messageBytes);
        resolve();
      };
      this.claim({ messageBytes, due: 1, grant });
    });
    try {
      const result = await call();
      this.arrived(messageBytes);
      return result;
    } finally {
      this.moved(-messageBytes);
    }
  }

  get came(): number {
    return this.#came;
  }

  mayStillCome(came: number): boolean {
    return this.#came - came < ON_THE_WAY;
  }

  most(messageBytes: number): number {
    return Math.max(1, Math.floor(TOGETHER / this.#shares.size / messageBytes));
  }

  join(share: ReadShare): void {
    this.#shares.add(share);
  }

  leave(share: ReadShare): void {
    if (!this.#shares.delete(share)) return;
    this.#queue.delete(share);
    for (const other of this.#shares) other.claimDue();
    this.#serve();
  }

  claim(claim: Claim): void {
    this.#queue.add(claim);
    this.#serve();
  }

  moved(bytes: number): void {
    this.#onTheWay += bytes;
    if (bytes < 0) this.#serve();
  }

  arrived(bytes: number): void {
    this.#came += bytes;
  }

  #serve(): void {
    // A grant may lead to a claim, and so back to here.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (const claim of this.#queue) {
        const fits = Math.floor((ON_THE_WAY - this.#onTheWay) / claim.messageBytes);
        // A message larger than all the room goes alone.
        if (fits < 1 && this.#onTheWay > 0) break;
        this.#queue.delete(claim);
        const messages = Math.min(claim.due, Math.max(1, fits));
        if (messages > 0) claim.grant(messages);
      }
    } finally {
      this.#isServing = false;
    }
  }
}

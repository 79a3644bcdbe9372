import { ReadShare, type ReadShareHost } from "./read-share.ts";

const MEBI = 1024 * 1024;

/** Bytes on their way to all gets of a connection: servers end a link for which more than 64 MiB wait. */
const ON_THE_WAY = 32 * MEBI;

/** Bytes that they may hold and have on their way together: of many gets at once each one has so much less. */
const TOGETHER = 64 * MEBI;

/** What a call brings counts so many times: it has a time limit, in which all that is on the way before it has to come too. */
const CALL_WEIGHT = 4;

/** Who waits for room. */
export interface Claim {
  /** Bytes of a message, at most. */
  readonly messageBytes: number;
  /** So many messages it may have just now. */
  readonly due: number;
  grant(messages: number): void;
}

/**
 * The room that the gets of a connection share. They are served in turn, each with as much as it may hold, and what is here
 * counts no more as on its way: a reader that takes nothing keeps nobody else waiting.
 */
export class ReadBudget implements ReadShareHost {
  readonly #shares = new Set<ReadShare>();
  readonly #queue = new Set<Claim>();
  #onTheWay = 0;
  #came = 0;
  #isServing = false;

  /** For a get of messages of up to so many bytes, which may have so many of them here or on their way. */
  share(messageBytes: number, most: number): ReadShare {
    return new ReadShare(this, messageBytes, most);
  }

  /** Makes a call that brings up to so many bytes once there is room for them. */
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

  isBefore(came: number): boolean {
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
    // Who is granted something may claim more before this goes on.
    if (this.#isServing) return;
    this.#isServing = true;
    try {
      for (const claim of this.#queue) {
        const fits = Math.floor((ON_THE_WAY - this.#onTheWay) / claim.messageBytes);
        // What is larger than all the room goes alone.
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

import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { objectCorrupt } from "../store-errors.ts";
import type { Start } from "./start.ts";

// OBJ-19
/**
 * Checks the chunks of an object of which only a part is read, so that no digest tells. A chunk that is missing, before the part or
 * within it, would make other bytes of the part. Two facts show that: the sequences of the chunks, and how many follow each one.
 */
export class PartCheck {
  readonly #info: ObjectInfo;
  readonly #start: Start;
  readonly #look: () => Promise<void>;
  /** Chunks that have come. */
  #chunks = 0;
  /** How many chunks the replica lacked behind the last one, though the leader had them all. */
  #lacking = 0;

  /** `look` asks the leader whether all chunks are there, and rejects if not. */
  constructor(info: ObjectInfo, start: Start, look: () => Promise<void>) {
    this.#info = info;
    this.#start = start;
    this.#look = look;
  }

  /** Rejects with `OBJECT_CORRUPT`, and as `look` does. */
  async add(chunk: StoredMessage): Promise<void> {
    const { seq } = this.#start;
    // The sequences of the later chunks show as much as their numbers.
    if (seq === undefined || this.#chunks === 0) await this.#checkFollowing(chunk);
    if (seq !== undefined) this.#checkSequence(chunk, seq);
    if (this.#info.chunks === 1) this.#checkSize(chunk);
    this.#chunks += 1;
  }

  async #checkFollowing({ pending }: StoredMessage): Promise<void> {
    if (pending === undefined) return;
    const lacking = this.#start.chunks - this.#chunks - (pending + 1);
    if (lacking < 0 && this.#chunks === 0) throw this.#corrupt("it has more chunks than it says");
    // The replica that sends the chunks may lag.
    if (lacking > 0 && lacking !== this.#lacking) await this.#look();
    this.#lacking = lacking;
  }

  /** Where the sequences are known, all chunks but the last have one size. */
  #checkSequence({ seq, data }: StoredMessage, first: number): void {
    if (seq !== first + this.#chunks) throw this.#corrupt("a chunk of it is missing");
    const isLast = this.#chunks === this.#start.chunks - 1;
    if (!isLast && data.length !== this.#info.chunkSize)
      throw this.#corrupt("a chunk of it has another size");
  }

  #checkSize({ data }: StoredMessage): void {
    const { size } = this.#info;
    if (data.length !== size) throw this.#corrupt(`it has ${data.length} bytes, and should have ${size}`);
  }

  #corrupt(reason: string): Error {
    return objectCorrupt(this.#info.store, this.#info.name, reason);
  }
}

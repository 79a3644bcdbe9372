import { setTimeout as sleep } from "node:timers/promises";
import { isNatsError } from "natspeed";
import type { ObjectStore } from "natspeed/object-store";
import type { Invariants } from "../invariants.ts";

const NAMES = 8;
const PACE = 50;
const CHUNK = 8 * 1024;
const LARGEST = 8 * CHUNK;
const LIMITS = { timeout: 2000 };
/** A server that thaws answers for its leader, with what was there before it froze, for fewer milliseconds than these. */
const SETTLING = 2000;
/** When all is over each object can be read within so many milliseconds. */
const CATCH_UP = 60_000;

/** Of an object: the number that was put last, and the last one whose put was done. */
interface Known {
  put: number;
  done: number;
}

/**
 * Puts numbered objects of several chunks, one after the other, in place of those before; and reads them by another connection.
 * By its bytes an object tells its number: whatever a read gives is one of them, whole.
 */
export class ObjectLoad {
  readonly #writing: ObjectStore;
  readonly #reading: ObjectStore;
  readonly #invariants: Invariants;
  readonly #known = new Map<string, Known>();
  #failed = 0;
  #read = 0;
  #unread = 0;

  constructor(writing: ObjectStore, reading: ObjectStore, invariants: Invariants) {
    this.#writing = writing;
    this.#reading = reading;
    this.#invariants = invariants;
  }

  /** Until the signal aborts; then it sees to it that all is where it should be. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#write(signal), this.#readOn(signal)]);
    for (const [name, known] of this.#known) await this.#checkEnd(name, known);
  }

  describe(): string {
    const puts = Math.max(0, ...[...this.#known.values()].map(({ put }) => put));
    return `${puts} puts of objects, ${this.#failed} of them failed and told; ${this.#read} reads, and ${this.#unread} that failed`;
  }

  async #write(signal: AbortSignal): Promise<void> {
    for (let number = 1; !signal.aborted; number++) {
      const name = `object ${number % NAMES}`;
      const known = this.#known.get(name) ?? { put: 0, done: 0 };
      this.#known.set(name, known);
      known.put = number;
      try {
        await this.#writing.put(name, bytesOf(number), { chunkSize: CHUNK, ...LIMITS });
        known.done = number;
      } catch (error) {
        this.#failed++;
        if (!isNatsError(error))
          this.#invariants.broken("accounting", `a put of an object threw ${String(error)}`);
      }
      await sleep(PACE);
    }
  }

  async #readOn(signal: AbortSignal): Promise<void> {
    for (let i = 0; !signal.aborted; i++) {
      await sleep(PACE);
      const name = `object ${i % NAMES}`;
      try {
        this.#numberOf(name, await this.#bytes(name));
        this.#read++;
      } catch (error) {
        this.#unread++;
        const isTold = isNatsError(error) && !(await this.#isCorrupt(name, error));
        this.#invariants.check(isTold, "content", () => `the read of "${name}" threw ${String(error)}`);
      }
    }
  }

  /** Whether an object that a read has found to be corrupt still is when the servers have settled. */
  async #isCorrupt(name: string, found: unknown): Promise<boolean> {
    if (!isNatsError(found, "OBJECT_CORRUPT")) return false;
    await sleep(SETTLING);
    return await this.#bytes(name).then(
      () => false,
      (error: unknown) => isNatsError(error, "OBJECT_CORRUPT"),
    );
  }

  async #bytes(name: string): Promise<Uint8Array> {
    return await (await this.#reading.get(name, LIMITS)).bytes();
  }

  /** Checks that it is whole. */
  #numberOf(name: string, bytes: Uint8Array): number {
    const number = bytes.length < 4 ? 0 : Buffer.from(bytes).readUInt32LE(0);
    this.#invariants.check(
      bytesOf(number).equals(bytes),
      "content",
      () => `"${name}" has ${bytes.length} bytes, which are not those of ${number}`,
    );
    return number;
  }

  /** There may be no leader just now. */
  async #checkEnd(name: string, { put, done }: Known): Promise<void> {
    if (done === 0) return;
    const until = performance.now() + CATCH_UP;
    for (;;) {
      const found = await this.#bytes(name).then(
        (bytes) => this.#numberOf(name, bytes),
        (thrown: unknown) => String(thrown),
      );
      if (typeof found === "number" && found >= done && found <= put) return;
      if (performance.now() > until) {
        this.#invariants.broken("no acked message is lost", `"${name}" was put as ${done}, and is ${found}`);
        return;
      }
      await sleep(100);
    }
  }
}

/** Of another length each. */
function bytesOf(number: number): Buffer {
  const size = 4 * (1 + ((number * 7919) % (LARGEST / 4)));
  const word = Buffer.alloc(4);
  word.writeUInt32LE(number);
  return Buffer.alloc(size, word);
}

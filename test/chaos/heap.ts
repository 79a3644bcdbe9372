import type { Invariants } from "./invariants.ts";

/** How much more the heap may hold at the end than after warm-up, the notes of this run included. */
const BOUND = 4 * 1024 * 1024;

/** The first sample that counts is taken so late: by then everything has been compiled and has been through a fault. */
const WARM_UP = 8000;

const INTERVAL = 5000;

/** What the process holds after collecting garbage, sampled while all is calm. */
export class Heap {
  readonly #startedAt = performance.now();
  #sampledAt = 0;
  #samples = 0;
  #first = 0;
  #last = 0;

  /** While the load goes on; only `node --expose-gc` can tell. */
  sample(): void {
    const now = performance.now();
    if (now - this.#startedAt < WARM_UP || now - this.#sampledAt < INTERVAL) return;
    this.#take(now);
  }

  /** At the end, when the load has stopped and nothing is closed yet. */
  sampleLast(): void {
    if (this.#samples > 0) this.#take(performance.now());
  }

  #take(now: number): void {
    if (globalThis.gc === undefined) return;
    this.#sampledAt = now;
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    this.#last = heapUsed + arrayBuffers;
    if (this.#samples++ === 0) this.#first = this.#last;
  }

  check(invariants: Invariants): void {
    const growth = this.#last - this.#first;
    invariants.check(
      growth <= BOUND,
      "flat heap",
      () => `it grew by ${mebibytes(growth)}: ${this.describe()}`,
    );
  }

  describe(): string {
    if (this.#samples < 2) return "too short a run to tell";
    return `${mebibytes(this.#first)} after warm-up, ${mebibytes(this.#last)} at the end (${this.#samples} samples)`;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

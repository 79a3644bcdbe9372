import type { Invariants } from "./invariants.ts";

/** How much more the heap may hold at the end than after warm-up, the notes of this run included. */
const BOUND = 4 * 1024 * 1024;

/** The first sample that counts is taken so late: by then everything has been compiled and has been through a fault. */
const WARM_UP = 8000;

const INTERVAL = 5000;

interface Sample {
  readonly heap: number;
  /** Slabs and chunks. */
  readonly buffers: number;
}

/** What the process holds after collecting garbage, sampled while all is calm. */
export class Heap {
  readonly #startedAt = performance.now();
  #sampledAt = 0;
  #samples = 0;
  #first: Sample = { heap: 0, buffers: 0 };
  #last: Sample = { heap: 0, buffers: 0 };

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
    this.#last = { heap: heapUsed, buffers: arrayBuffers };
    if (this.#samples++ === 0) this.#first = this.#last;
  }

  check(invariants: Invariants): void {
    const growth = total(this.#last) - total(this.#first);
    invariants.check(
      growth <= BOUND,
      "flat heap",
      () => `it grew by ${mebibytes(growth)}: ${this.describe()}`,
    );
  }

  describe(): string {
    if (this.#samples < 2) return "too short a run to tell";
    return `${shown(this.#first)} after warm-up, ${shown(this.#last)} at the end (${this.#samples} samples)`;
  }
}

function total({ heap, buffers }: Sample): number {
  return heap + buffers;
}

function shown(sample: Sample): string {
  return `${mebibytes(total(sample))} (${mebibytes(sample.buffers)} of buffers)`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

import type { Invariants } from "./invariants.ts";

/** How much more the heap may hold at the end than after warm-up, the notes of this run included. */
const BOUND = 4 * 1024 * 1024;

/** What is under way at the moment of a sample comes and goes: of so many in a row the least counts. */
const IN_A_ROW = 3;

/**
 * The first sample that counts is taken so late, and after a fifth of the run at least: by then everything has been compiled and
 * has been through its faults. A run of ten minutes was seen to rise for two of them and to stay level for the other eight.
 */
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
  readonly #note: (line: string) => void;
  readonly #warmUp: number;
  readonly #samples: Sample[] = [];
  #sampledAt = 0;

  /** Of a run of so many milliseconds. */
  constructor(note: (line: string) => void, length: number) {
    this.#note = note;
    this.#warmUp = Math.max(WARM_UP, length / 5);
  }

  /** While the load goes on; only `node --expose-gc` can tell. */
  sample(): void {
    const now = performance.now();
    if (now - this.#startedAt < this.#warmUp || now - this.#sampledAt < INTERVAL) return;
    this.#take(now);
  }

  /** At the end, when the load has stopped and nothing is closed yet. */
  sampleLast(): void {
    if (this.#samples.length > 0) this.#take(performance.now());
  }

  #take(now: number): void {
    if (globalThis.gc === undefined) return;
    this.#sampledAt = now;
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const sample = { heap: heapUsed, buffers: arrayBuffers };
    this.#samples.push(sample);
    this.#note(`the heap holds ${shown(sample)}`);
  }

  get #first(): Sample {
    return least(this.#samples.slice(0, IN_A_ROW));
  }

  get #last(): Sample {
    return least(this.#samples.slice(-IN_A_ROW));
  }

  check(invariants: Invariants): void {
    if (this.#samples.length === 0) return;
    const growth = total(this.#last) - total(this.#first);
    invariants.check(
      growth <= BOUND,
      "flat heap",
      () => `it grew by ${mebibytes(growth)}: ${this.describe()}`,
    );
  }

  describe(): string {
    if (this.#samples.length < 2) return "too short a run to tell";
    return `${shown(this.#first)} after warm-up, ${shown(this.#last)} at the end (${this.#samples.length} samples)`;
  }
}

function least(samples: readonly Sample[]): Sample {
  return samples.reduce((a, b) => (total(b) < total(a) ? b : a));
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

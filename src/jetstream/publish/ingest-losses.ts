import type { JetStreamError } from "../errors.ts";

/** So many of each are kept; the rest is counted. */
const KEPT = 100;

/** Messages that never came, by number, both ends included. */
export interface IngestGap {
  readonly from: number;
  readonly to: number;
}

/** A message that the stream refused. */
export interface IngestFailure {
  readonly number: number;
  readonly error: JetStreamError;
}

/** What an ingest has lost. */
export interface IngestLosses {
  /** Messages that never came to the server. */
  readonly lost: number;
  /** The first 100 places where they are missing. */
  readonly gaps: readonly IngestGap[];
  /** Messages that the stream refused. */
  readonly failed: number;
  /** The first 100 of them. */
  readonly failures: readonly IngestFailure[];
}

/** Collects what the server tells of losses. */
export class LossLog {
  #lost = 0;
  readonly #gaps: IngestGap[] = [];
  #failed = 0;
  readonly #failures: IngestFailure[] = [];

  onGap(gap: IngestGap): void {
    this.#lost += gap.to - gap.from + 1;
    if (this.#gaps.length < KEPT) this.#gaps.push(gap);
  }

  onRefused(failure: IngestFailure): void {
    this.#failed++;
    if (this.#failures.length < KEPT) this.#failures.push(failure);
  }

  get losses(): IngestLosses {
    return { lost: this.#lost, gaps: [...this.#gaps], failed: this.#failed, failures: [...this.#failures] };
  }

  /** Why it ended, if it was for a loss. */
  get reason(): string | undefined {
    const [failure] = this.#failures;
    if (failure !== undefined) return `message ${failure.number} was refused: ${failure.error.message}`;
    const [gap] = this.#gaps;
    return gap === undefined ? undefined : `messages ${gap.from} to ${gap.to} were lost on their way`;
  }
}

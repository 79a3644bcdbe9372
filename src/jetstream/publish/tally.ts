import type { NatsError } from "../../core/errors.ts";
import { Waiter, type WaitLimits } from "../../core/waiter.ts";
import type { PublishFailure } from "../errors.ts";
import { publishFailed } from "./publish-errors.ts";
import type { PublishReport } from "./publisher-options.ts";

/** So many failures are kept; the rest is counted. */
const KEPT = 100;

/** Somebody who waits until all that was published so far is settled. */
interface Flush {
  /** The number of the last publication that it waits for. */
  readonly upTo: number;
  left: number;
  readonly waiter: Waiter<void>;
}

/** Counts what came of a publisher's messages, and tells those who wait for it. */
export class Tally {
  #acked = 0;
  #duplicates = 0;
  #abandoned = 0;
  readonly #failures = new Failures();
  /** Failures of which nobody was told, except by promises that may have been dropped. */
  #untold = new Failures();
  #flushes: Flush[] = [];

  onAcked(number: number, isDuplicate: boolean): void {
    this.#acked++;
    if (isDuplicate) this.#duplicates++;
    if (this.#flushes.length > 0) this.#onSettled(number);
  }

  onFailed(number: number, subject: string, error: NatsError): void {
    this.#failures.add(subject, error);
    this.#untold.add(subject, error);
    this.#onSettled(number);
  }

  onAbandoned(number: number, subject: string, error: NatsError): void {
    this.#abandoned++;
    this.#untold.add(subject, error);
    this.#onSettled(number);
  }

  /** Resolves when `left` messages are settled, those up to number `upTo`. Rejects with `TIMEOUT` or `ABORTED`. */
  settled(upTo: number, left: number, limits: WaitLimits): Promise<void> {
    if (left === 0) return Promise.resolve();
    const waiter = new Waiter<void>(limits, { what: "acks" });
    this.#flushes = this.#flushes.filter(({ waiter }) => !waiter.isSettled);
    this.#flushes.push({ upTo, left, waiter });
    return waiter.promise;
  }

  /** The failures since this was last asked, as one error; undefined if there are none. */
  takeUntold(): NatsError | undefined {
    const { count, first } = this.#untold;
    this.#untold = new Failures();
    return count === 0 ? undefined : publishFailed(count, first);
  }

  get report(): PublishReport {
    const { count, first } = this.#failures;
    return {
      acked: this.#acked,
      duplicates: this.#duplicates,
      failed: count,
      failures: first,
      abandoned: this.#abandoned,
    };
  }

  #onSettled(number: number): void {
    let isOneOver = false;
    for (const flush of this.#flushes) if (number <= flush.upTo && --flush.left === 0) isOneOver = true;
    if (!isOneOver) return;
    const over = this.#flushes.filter(({ left }) => left === 0);
    this.#flushes = this.#flushes.filter(({ left }) => left > 0);
    for (const { waiter } of over) waiter.resolve();
  }
}

/** How many there were, and the first of them. */
class Failures {
  #count = 0;
  readonly #first: PublishFailure[] = [];

  get count(): number {
    return this.#count;
  }

  get first(): readonly PublishFailure[] {
    return [...this.#first];
  }

  add(subject: string, error: NatsError): void {
    this.#count++;
    if (this.#first.length < KEPT) this.#first.push({ subject, error });
  }
}

import { shortLine } from "./error-headers.ts";

/** A sum above this could round when more is added. */
const MAX_UNFOLDED = 2 ** 52;

/** The counters of an endpoint, since it was made or its service reset. */
export class EndpointCounters {
  requests = 0;
  errors = 0;
  /** `<status>:<description>`. */
  lastError: string | undefined;
  #nanos = 0;
  #folded = 0n;

  /** Adds the milliseconds that a request took. */
  add(milliseconds: number): void {
    this.#nanos += Math.round(milliseconds * 1_000_000);
    if (this.#nanos < MAX_UNFOLDED) return;
    this.#folded += BigInt(this.#nanos);
    this.#nanos = 0;
  }

  fail(status: number, description: string): void {
    this.errors++;
    // A long description could make the stats too large for a message.
    this.lastError = `${status}:${shortLine(description)}`;
  }

  /** Nanoseconds in all. */
  get processingTime(): bigint {
    return this.#folded + BigInt(this.#nanos);
  }

  /** Nanoseconds per request, without the fraction. */
  get averageProcessingTime(): bigint {
    return this.requests === 0 ? 0n : this.processingTime / BigInt(this.requests);
  }

  reset(): void {
    this.requests = 0;
    this.errors = 0;
    this.lastError = undefined;
    this.#nanos = 0;
    this.#folded = 0n;
  }
}

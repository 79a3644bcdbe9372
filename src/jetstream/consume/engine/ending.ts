import type { PullEnd, PullFailure, PullSettings } from "./pull-engine-types.ts";
import type { PullLedger } from "./pull-ledger.ts";
import type { PullDemand } from "./pull-request.ts";

/** A fetch that nobody answered. */
export const SILENT: PullFailure = {
  code: "HEARTBEATS_MISSED",
  text: "the consumer gave no sign while the fetch waited",
  retryable: true,
};

/**
 * Knows when an engine ends by itself: a consume after its last message, a fetch when it has enough, or the server has no
 * more, or its time is over; but never before what the server says it has sent is here.
 */
export class Ending {
  readonly #settings: PullSettings;
  readonly #ledger: PullLedger;
  readonly #demand: PullDemand;
  #endsAt = Infinity;
  /** How a fetch ends as soon as nothing is owed any more. */
  #completion: PullEnd | undefined;

  constructor(settings: PullSettings, ledger: PullLedger, demand: PullDemand) {
    this.#settings = settings;
    this.#ledger = ledger;
    this.#demand = demand;
  }

  /** When the time of a fetch is over. */
  get endsAt(): number {
    return this.#endsAt;
  }

  /** Whether nothing is asked for any more. */
  get isComplete(): boolean {
    return this.#completion !== undefined;
  }

  /** Whether a fetch has all its messages. */
  get isFetched(): boolean {
    return this.#settings.kind === "fetch" && this.#ledger.received >= this.#settings.capacity;
  }

  /** Whether a consume has handed out its last message. */
  get isHandedOut(): boolean {
    return this.#ledger.handedOut >= this.#settings.stopAfter;
  }

  begin(at: number): void {
    const { kind, expires, timeout } = this.#settings;
    if (kind === "fetch") this.#endsAt = at + (expires > 0 ? expires : timeout);
  }

  /** A fetch needs no further pull. */
  complete(reason: "enough" | "dry" | "expired"): void {
    if (this.#settings.kind === "fetch") this.#completion = { reason };
  }

  /** The end, if it has come. `hasWorked`: the consumer has given a sign. */
  reached(hasWorked: boolean, at: number): PullEnd | undefined {
    if (this.isHandedOut || this.isFetched) return { reason: "enough" };
    if (this.#settings.kind !== "fetch") return undefined;
    const { owed, open, settling } = this.#ledger;
    if (owed === 0 && this.#completion !== undefined) return this.#completion;
    if (owed === 0 && this.#demand.isMet) return { reason: "enough" };
    if (at < this.#endsAt || open + settling > 0) return undefined;
    return hasWorked ? { reason: "expired" } : { reason: "failed", failure: SILENT };
  }
}

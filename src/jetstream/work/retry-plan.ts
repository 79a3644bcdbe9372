import { LONGEST_TIMER } from "../../core/longest-timer.ts";
import { isNatsError, toError } from "../../core/errors.ts";
import type { RedeliveryClock } from "./redelivery-clock.ts";

/** When a message that could not be handled comes again, and when it doesn't. */
export interface RetryRules<M> {
  /** Milliseconds, one for each delivery, of which the last one repeats; undefined: the consumer's own. */
  readonly delays: readonly number[] | ((error: unknown, message: M) => number) | undefined;
  /** The part of a delay that is left to chance, from 0 to 1. */
  readonly jitter: number;
  readonly terminal: ((error: unknown, message: M) => boolean) | undefined;
}

/** What becomes of a message whose handler failed. `fault`: what a function of the application threw when it was asked. */
export type Verdict =
  | { readonly type: "retry"; readonly delay: number; readonly fault: Error | undefined }
  | { readonly type: "give-up"; readonly reason: DeathReason; readonly fault: Error | undefined };

/** Why nobody handles a message any more. */
export type DeathReason = "terminated" | "max-deliveries";

interface Delivered {
  readonly deliveries: number;
}

/** If neither the application nor the consumer says any. */
const DELAYS = [1000, 5000, 30_000];
/** The limit of all durations here. Servers take longer ones for no delay at all. */
const LONGEST_DELAY = LONGEST_TIMER;
/** If the application's own function for the delays fails. */
const FALLBACK_DELAY = 30_000;

/** Decides what becomes of messages whose handlers fail. `random` gives numbers from 0 to 1. */
export class RetryPlan<M extends Delivered> {
  readonly #rules: RetryRules<M>;
  readonly #random: () => number;

  constructor(rules: RetryRules<M>, random: () => number = Math.random) {
    this.#rules = rules;
    this.#random = random;
  }

  /** For an error that is about this message. */
  verdict(error: unknown, message: M, clock: RedeliveryClock): Verdict {
    // A value that the schema refuses is no better the next time.
    if (isNatsError(error, "INVALID_VALUE"))
      return { type: "give-up", reason: "terminated", fault: undefined };
    const { value: isTerminal, fault } = asked(() => this.#rules.terminal?.(error, message) === true, false);
    if (isTerminal) return { type: "give-up", reason: "terminated", fault };
    return this.verdictOfMany(error, message, clock, fault);
  }

  /** For an error that may be about another message of the same batch. */
  verdictOfMany(error: unknown, message: M, clock: RedeliveryClock, faultBefore?: Error): Verdict {
    if (clock.isLast(message.deliveries)) {
      return { type: "give-up", reason: "max-deliveries", fault: faultBefore };
    }
    const { value, fault } = asked(() => this.#delay(error, message, clock), FALLBACK_DELAY);
    return { type: "retry", delay: this.#withJitter(value), fault: faultBefore ?? fault };
  }

  #delay(error: unknown, message: M, clock: RedeliveryClock): number {
    const { delays = clock.backoff ?? DELAYS } = this.#rules;
    if (typeof delays !== "function") return delays[Math.min(message.deliveries, delays.length) - 1]!;
    const delay = delays(error, message);
    if (typeof delay === "number" && delay >= 0 && delay <= LONGEST_DELAY) return delay;
    throw new Error(`retry.delays must return milliseconds, not ${String(delay)}`);
  }

  /** Chance only shortens a delay: none is longer than what was said. */
  #withJitter(delay: number): number {
    return Math.round(delay * (1 - this.#rules.jitter * this.#random()));
  }
}

/** What a function of the application says, or `otherwise` if it fails. */
function asked<T>(ask: () => T, otherwise: T): { readonly value: T; readonly fault: Error | undefined } {
  try {
    return { value: ask(), fault: undefined };
  } catch (thrown) {
    return { value: otherwise, fault: toError(thrown) };
  }
}

import {
  aSignal,
  type Check,
  type Checks,
  checkOptions,
  type FormerNames,
  milliseconds,
  wrongValue,
} from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { LONGEST_TIMER } from "../../core/longest-timer.ts";

const DEFAULT_TTL = 10_000;

/** The server counts whole seconds. */
const MIN_TTL = 1000;

/** Options of `Bucket.lock`. Without a `timeout` it waits for as long as the lock is held; with 0 it tries once. */
export interface LockOptions extends WaitOptions {
  /**
   * Milliseconds after which the lock is free if its holder is gone, at least 1000. The holder renews it each time a third of them
   * has passed. @default 10000
   */
  readonly ttl?: number;
  /** Tells others who has it. @default the connection's name, and an id */
  readonly holder?: string;
}

/** Options of `Bucket.election`. */
export interface ElectionOptions extends Omit<LockOptions, "timeout"> {
  /** Stands down when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of a lock or an election, checked, with their defaults. */
export interface LockRules extends WaitOptions {
  readonly ttl: number;
  readonly holder: string | undefined;
}

const aTtl: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= MIN_TTL && (value as number) <= LONGEST_TIMER)
    return value as number;
  throw wrongValue(name, `whole milliseconds from ${MIN_TTL} to ${LONGEST_TIMER}`, value);
};

const aHolder: Check<string> = (name, value) => {
  if (typeof value === "string" && value !== "") return value;
  throw wrongValue(name, "a text that is not empty", value);
};

const LOCK: Checks<LockOptions> = { ttl: aTtl, holder: aHolder, timeout: milliseconds, signal: aSignal };
const ELECTION: Checks<ElectionOptions> = { ttl: aTtl, holder: aHolder, signal: aSignal };

const FORMER: FormerNames = {
  lease: '"ttl"',
  leaseDuration: '"ttl"',
  owner: '"holder"',
  identity: '"holder"',
};

/** Throws `INVALID_OPTION`. */
export function resolveLockOptions(given: LockOptions): LockRules {
  return { ttl: DEFAULT_TTL, holder: undefined, ...checkOptions(given, LOCK, undefined, FORMER) };
}

/** Throws `INVALID_OPTION`. */
export function resolveElectionOptions(given: ElectionOptions): LockRules {
  return { ttl: DEFAULT_TTL, holder: undefined, ...checkOptions(given, ELECTION, undefined, FORMER) };
}

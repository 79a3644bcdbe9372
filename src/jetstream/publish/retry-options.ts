import { type Check, type Checks, invalidOption, milliseconds, shown } from "../../core/checks.ts";
import type { RetryOptions } from "./message-options.ts";

const aNumberOfRetries: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw invalidOption(name, `it must be a whole number from 0 on, not ${shown(value)}`);
};

export const RETRY_CHECKS: Checks<RetryOptions> = { retries: aNumberOfRetries, retryDelay: milliseconds };

// JS-PUB-02
const RETRIES = 2;
const RETRY_DELAY = 250;

/** The same, with what holds if nothing is said. */
export function resolveRetries({
  retries = RETRIES,
  retryDelay = RETRY_DELAY,
}: RetryOptions): Required<RetryOptions> {
  return { retries, retryDelay };
}

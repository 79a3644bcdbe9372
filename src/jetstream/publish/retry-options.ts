import { type Checks, milliseconds, wholeNumber } from "../../core/checks.ts";
import type { RetryOptions } from "./message-options.ts";

export const RETRY_CHECKS: Checks<RetryOptions> = { retries: wholeNumber, retryDelay: milliseconds };

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

import type { NatsError, NatsErrorCode } from "../../core/errors.ts";

/**
 * Whether the same request may succeed later: there was no answer, no link or nobody to answer, or the server says so. `codes`
 * are others that pass where it is asked.
 */
export function isPassing(error: NatsError, ...codes: readonly NatsErrorCode[]): boolean {
  const passing: readonly NatsErrorCode[] = ["TIMEOUT", "DISCONNECTED", "NO_RESPONDERS", ...codes];
  return passing.includes(error.code) || (error as { readonly retryable?: boolean }).retryable === true;
}

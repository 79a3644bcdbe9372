import { aSignal, type Checks, checkOptions, limit, milliseconds } from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Options of `Bucket.view`; `timeout` and `signal` are for the wait until it is complete. */
export interface ViewOptions extends WaitOptions {
  /**
   * Bytes that it may take: keys, headers, values, and 128 for each key. A larger view ends with `VIEW_TOO_LARGE`.
   * @default 268435456
   */
  readonly maxBytes?: number;
}

const VIEW: Checks<ViewOptions> = { maxBytes: limit, timeout: milliseconds, signal: aSignal };

/** Throws `INVALID_OPTION`. */
export function resolveViewOptions(given: ViewOptions): ViewOptions & { readonly maxBytes: number } {
  return { maxBytes: DEFAULT_MAX_BYTES, ...checkOptions(given, VIEW) };
}

import { aBoolean, aSignal, type Checks, checkOptions, milliseconds } from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";

/** Options of calls that make or change streams and consumers. */
export interface AssetOptions extends WaitOptions {
  /** Rejects with `INVALID_CONFIG` where the server would change a value in silence. @default false */
  readonly pedantic?: boolean; // JS-CTX-10
}

const ASSET: Checks<AssetOptions> = { timeout: milliseconds, signal: aSignal, pedantic: aBoolean };

/** Throws `INVALID_OPTION`. */
export function checkAssetOptions(given: AssetOptions): AssetOptions {
  return checkOptions(given, ASSET);
}

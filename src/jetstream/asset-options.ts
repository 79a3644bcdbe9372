import type { WaitOptions } from "../core/waiter.ts";

export interface AssetOptions extends WaitOptions {
  /** Rejects with `INVALID_CONFIG` where the server would change a value in silence. @default false */
  readonly pedantic?: boolean; // JS-CTX-10
}

import { aFunction, aSignal, type Check, type Checks, milliseconds } from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** How far a backup or a restore is. */
export interface TransferProgress {
  /** Bytes of the backup so far. */
  readonly bytes: number;
  /** An estimate of all of them, if there is one: the size of the stream's messages. A backup is compressed. */
  readonly total?: number;
}

/** Options of a backup and of a restore. `timeout` is for each chunk, never for the whole. */
export interface TransferOptions extends WaitOptions {
  /** Called after each chunk. What it throws ends the transfer. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

export const TRANSFER: Checks<TransferOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  onProgress: aFunction as Check<(progress: TransferProgress) => void>,
};

import { isPromiseLike } from "../../core/is-promise-like.ts";
import { aFunction, aSignal, type Check, type Checks, milliseconds } from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** How far a transfer is: a backup, a restore, the put or the get of an object. */
export interface TransferProgress {
  /** Bytes so far. */
  readonly bytes: number;
  /** All bytes, if that is known. For a backup, which is compressed, it is the size of the stream's messages: an estimate. */
  readonly total?: number;
}

/** Options of a transfer. `timeout` is for each chunk, never for the whole. */
export interface TransferOptions extends WaitOptions {
  /** Called after each chunk, and not awaited. What it throws, or rejects with, ends the transfer. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Calls `onProgress`. Where that is async, `fail` hears what it rejects with: nobody else would. */
export function tellProgress(
  onProgress: TransferOptions["onProgress"],
  progress: TransferProgress,
  fail: (thrown: unknown) => void,
): void {
  const told: unknown = onProgress?.(progress);
  if (isPromiseLike(told)) told.then(undefined, fail);
}

export const TRANSFER: Checks<TransferOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  onProgress: aFunction as Check<(progress: TransferProgress) => void>,
};

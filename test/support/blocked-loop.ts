import { setImmediate as nextTurn } from "node:timers/promises";

/** Keeps this process from doing anything else for so many milliseconds, as a long computation does. */
export function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** As {@link block}, beginning where timers are the first thing that runs afterwards, before any socket is read. */
export async function blockBeforeTimers(ms: number): Promise<void> {
  await nextTurn();
  block(ms);
}

import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes that are still in use after garbage collection: the heap, and buffers outside of it. */
export async function bytesInUse(): Promise<number> {
  let least = Infinity;
  // Buffers are freed only some turns after the object that held them.
  for (let i = 0; i < 5; i++) {
    collectGarbage();
    await nextTurn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

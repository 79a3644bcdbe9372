// Runs a program in a thread, and says when it has come to its last line: one that waits for ever ends without a word.
import { parentPort, workerData } from "node:worker_threads";

await import(workerData);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- this port has no origin
parentPort?.postMessage("complete");

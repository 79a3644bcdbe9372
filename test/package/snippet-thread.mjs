// Runs a program in a thread, and says when it has come to its last line: one that waits for ever ends without a word.
import { parentPort, workerData } from "node:worker_threads";

await import(workerData);
parentPort?.postMessage("complete");

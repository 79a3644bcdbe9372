import { readdir, readFile } from "node:fs/promises";
import { run } from "./binary.mjs";

/**
 * Whether SIGSTOP has taken effect: a server has been seen to answer for milliseconds after the
 * signal was sent.
 *
 * @param {number} pid
 * @returns {Promise<boolean>}
 */
export async function isStopped(pid) {
  if (process.platform !== "linux") {
    return (await run("ps", ["-o", "stat=", "-p", String(pid)])).trim().startsWith("T");
  }
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(threads.map((thread) => threadState(pid, thread)));
  return states.every((state) => state === "T" || state === undefined);
}

/**
 * @param {number} pid
 * @param {string} thread
 * @returns {Promise<string | undefined>} nothing for a thread that has just ended
 */
async function threadState(pid, thread) {
  try {
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8");
    return stat.charAt(stat.lastIndexOf(")") + 2);
  } catch {
    return undefined;
  }
}

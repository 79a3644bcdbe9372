import { spawn } from "node:child_process";

/** @import { Socket } from "node:net" */

/**
 * Reads one process id a line (an empty line: none) until the end of input, which comes when the
 * parent process is gone, however it went.
 */
const WATCH = 'while read -r line; do pid=$line; done; [ -n "$pid" ] && kill -9 "$pid"; rm -rf "$1"';

/**
 * Ends a server and removes its folder when this process ends without having stopped it. A shell at
 * the other end of a pipe does that: it also notices SIGKILL and a terminated worker thread, and it
 * needs no signal handler here, which would change what SIGINT and SIGTERM do to the program.
 *
 * @typedef {object} Guard
 * @property {(pid: number | undefined) => void} watch the process to end from now on
 * @property {() => void} dismiss
 */

/**
 * @param {string} folder removed together with the server
 * @returns {Guard}
 */
export function startGuard(folder) {
  return process.platform === "win32" ? exitGuard() : shellGuard(folder);
}

/**
 * @param {string} folder
 * @returns {Guard}
 */
function shellGuard(folder) {
  const shell = spawn("/bin/sh", ["-c", WATCH, "nats-server-guard", folder], {
    stdio: ["pipe", "ignore", "ignore"],
    // Ctrl-C goes to the whole process group; the guard has to outlive the program.
    detached: true,
  });
  // Without a shell the server runs unguarded, which is no reason to refuse it.
  shell.on("error", () => {});
  shell.stdin.on("error", () => {});
  shell.unref();
  /** @type {Socket} */ (/** @type {unknown} */ (shell.stdin)).unref();
  return {
    watch: (pid) => void shell.stdin.write(`${pid ?? ""}\n`),
    dismiss: () => void shell.kill("SIGKILL"),
  };
}

/** @returns {Guard} */
function exitGuard() {
  /** @type {number | undefined} */
  let watched;
  const end = () => {
    if (watched !== undefined) process.kill(watched, "SIGKILL");
  };
  process.on("exit", end);
  return {
    watch: (pid) => {
      watched = pid;
    },
    dismiss: () => void process.off("exit", end),
  };
}

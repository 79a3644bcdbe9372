import { spawn } from "node:child_process";

/** @import { Writable } from "node:stream" */
/** @import { Socket } from "node:net" */

/** In place of a process id: none. */
const NONE = "-";

/**
 * Reads lines of a server's number, its process id and its folder until the end of input, which comes when the parent
 * process is gone, however it went. The last line of each server holds; without a folder there is nothing to do.
 */
const WATCH = `
last=0
while read -r number pid folder; do
  eval "pid_$number=\\$pid folder_$number=\\$folder"
  if [ "$number" -gt "$last" ]; then last=$number; fi
done
while [ "$last" -gt 0 ]; do
  eval "pid=\\$pid_$last folder=\\$folder_$last"
  if [ "$pid" != ${NONE} ]; then kill -9 "$pid"; fi
  if [ -n "$folder" ]; then rm -rf "$folder"; fi
  last=$((last - 1))
done`;

/**
 * Ends a server and removes its folder when this process ends without having stopped it.
 *
 * @typedef {object} Guard
 * @property {(pid: number | undefined) => void} watch the process to end from now on
 * @property {() => void} dismiss
 */

/** Where the shell reads that guards all servers of this process. @type {Writable | undefined} */
let shell;
let guarded = 0;

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
  const input = (shell ??= startShell());
  const number = ++guarded;
  return {
    watch: (pid) => void input.write(`${number} ${pid ?? NONE} ${folder}\n`),
    dismiss: () => void input.write(`${number} ${NONE}\n`),
  };
}

/**
 * A shell at the other end of a pipe: it also notices SIGKILL and a terminated worker thread, and it needs no signal
 * handler here, which would change what SIGINT and SIGTERM do to the program. One for all servers, for a large process
 * takes long to start another.
 *
 * @returns {Writable}
 */
function startShell() {
  const child = spawn("/bin/sh", ["-c", WATCH, "nats-server-guard"], {
    stdio: ["pipe", "ignore", "ignore"],
    // Ctrl-C goes to the whole process group; the guard has to outlive the program.
    detached: true,
  });
  // Without a shell the servers run unguarded, which is no reason to refuse them.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  // Bun's has none.
  /** @type {Partial<Socket>} */ (/** @type {unknown} */ (child.stdin)).unref?.();
  return child.stdin;
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

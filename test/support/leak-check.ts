import { AsyncLocalStorage, createHook } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";

const LIMIT = 2_000;
/** Milliseconds from one look to the next. */
const LOOK_EVERY = 20;

/** The names that node:async_hooks has for sockets (those within TLS too), listeners and timers. */
const WATCHED = new Set(["TCPWRAP", "TCPSERVERWRAP", "Timeout"]);

/** A handle, and where it was made: the text of a stack is dear, and only wanted of what is left. */
interface Made {
  readonly type: string;
  readonly where: Error;
}

/** How many open handles the process has of each kind, except those that were unref()ed. */
export function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/**
 * Runs `body` and fails when a socket, listener or timer that it made is still there 2 s later (or `limit` milliseconds),
 * unref()ed or not. Each handle is followed by itself, since the counts of the whole process also
 * change with what the test runner does meanwhile.
 */
export async function expectNoLeak<T>(body: () => Promise<T> | T, limit: number = LIMIT): Promise<T> {
  const open = new Map<number, Made>();
  const inBody = new AsyncLocalStorage<true>();
  const hook = createHook({
    init(id, type, trigger) {
      // An accepted socket is made outside of any context, but its listener is known.
      const ours = inBody.getStore() === true || open.has(trigger);
      if (WATCHED.has(type) && ours) open.set(id, { type, where: new Error("made here") });
    },
    destroy(id) {
      open.delete(id);
    },
  });
  hook.enable();
  try {
    const result = await inBody.run(true, body);
    // Looks are counted, not time: on a busy machine the process may stand still for all of it.
    for (let looks = limit / LOOK_EVERY; open.size > 0 && looks > 0; looks--) await sleep(LOOK_EVERY);
    if (open.size > 0) throw new Error(`left open: ${Array.from(open.values(), described).join(", ")}`);
    return result;
  } finally {
    hook.disable();
    // One that is on goes on to follow every promise of the process, also for the files that come after this one.
    inBody.disable();
  }
}

function described({ type, where }: Made): string {
  return `${type} made ${origin(where)}`;
}

/** The innermost line of the stack that is neither Node's nor this file's. */
function origin({ stack = "" }: Error): string {
  const lines = stack.split("\n").slice(1);
  const line = lines.find((text) => !text.includes("node:") && !text.includes("leak-check"));
  return line?.trim() ?? "by Node";
}

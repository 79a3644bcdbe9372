type Run = () => void;

/** What comes after the next look at all sockets. Node, Bun and Deno have it; in browsers a timer has to do. */
interface Immediates {
  readonly setImmediate?: (run: Run) => unknown;
  readonly clearImmediate?: (immediate: unknown) => void;
}

/**
 * Runs `run` once the event loop has read what has come in by now: after a process was blocked, its timers run before
 * its sockets are read. What is left of the pass under way may block too, so it takes one more, whole. Returns what
 * prevents the run.
 */
export function afterNextPass(run: Run): () => void {
  const { setImmediate, clearImmediate } = globalThis as Immediates;
  if (setImmediate !== undefined && clearImmediate !== undefined) {
    let immediate: unknown;
    immediate = setImmediate(() => {
      immediate = setImmediate(run);
    });
    return () => clearImmediate(immediate);
  }
  // What has come in is queued already, and a timer that is set now comes behind it.
  const timer = setTimeout(run);
  return () => clearTimeout(timer);
}

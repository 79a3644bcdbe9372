/**
 * Runs `run` in the next turn of the event loop. Not in a microtask: two that answer each other at once would keep timers
 * and sockets waiting for ever.
 */
export const inNextTurn: (run: () => void) => void = turnMaker();

function turnMaker(): (run: () => void) => void {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
  if (setImmediate !== undefined) return (run) => setImmediate(run);
  // In browsers a timer would take 4 milliseconds.
  return (run) => {
    const { port1, port2 } = new MessageChannel();
    const onMessage = (): void => {
      port1.close();
      run();
    };
    port1.addEventListener("message", onMessage);
    port1.start();
    port2.postMessage(undefined);
  };
}

/**
 * Whether the event loop turns without reading sockets. Deno (2.9) looks for what has come in when it has nothing else to do, or
 * in every 61st turn: a loop that can always write would be sent tens of megabytes in between.
 */
export const NEEDS_REST: boolean = "Deno" in globalThis;

/** Runs `run` when the event loop has had time to rest. */
export function whenRested(run: () => void): void {
  setTimeout(run);
}

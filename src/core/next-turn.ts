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

/** Milliseconds between looks. A peer that ends in order takes less than one to answer. */
const LOOK_INTERVAL = 1000;

/**
 * Calls `onOverdue` when a WebSocket that has begun to end goes on doing so: after a close frame or an error the peer may
 * leave its side of the link open, and no runtime tells of that in time (`ws` after half a minute, Chromium after two
 * seconds, Node's own never). Found at the second look, so that one which ends by itself can say why. Returns what ends
 * the watch.
 */
export function watchEnding(isEnding: () => boolean, onOverdue: () => void): () => void {
  let wasEnding = false;
  const timer = setInterval(() => {
    const isStillEnding = wasEnding && isEnding();
    wasEnding = isEnding();
    if (isStillEnding) onOverdue();
  }, LOOK_INTERVAL);
  return () => clearInterval(timer);
}

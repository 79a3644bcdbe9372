import type { Socket } from "node:net";

/** Where Node's own time limit of a socket looks; it is no documented part of Node, and other runtimes have none. */
const HANDLE = "_handle";

interface WithHandle {
  readonly [HANDLE]?: { readonly writeQueueSize?: unknown } | null;
}

/**
 * Bytes that were given to the system and that it has not taken. They fall while a write is under way; what the stream
 * counts only falls when the write is done. Undefined where nobody says, or says so.
 */
export function queuedBytes(socket: Socket): number | undefined {
  const size = (socket as WithHandle)[HANDLE]?.writeQueueSize;
  return typeof size === "number" && size > 0 ? size : undefined;
}

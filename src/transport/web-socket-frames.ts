import { ProtocolError } from "../core/errors.ts";
import type { Inbound } from "./inbound.ts";

/** What a message that is queued may keep in memory of the frame that it came with. */
const PIECE = 64 * 1024;

/**
 * Passes on what a frame holds. A server puts all that waits for a slow client into one, which may be many MiB: that is cut
 * into pieces with memory of their own, for whoever holds on to one message, or to the last one, would keep all of it.
 */
export function pushFrame(inbound: Inbound, data: Uint8Array): void {
  if (data.length <= PIECE) {
    inbound.push(data.length === data.buffer.byteLength ? data : new Uint8Array(data));
    return;
  }
  // Not by slice(), which of a Buffer is a view.
  for (let at = 0; at < data.length; at += PIECE) inbound.push(new Uint8Array(data.subarray(at, at + PIECE)));
}

/** The code of our close frame, which a peer sends back. */
const OURS = 1000;

/** There was no code in the close frame. */
const NONE = 1005;

/** Codes that tell of an end in good order (RFC 6455, 7.4.1). */
const IN_ORDER = new Set([OURS, 1001, NONE]);

/** Whether a peer ends a WebSocket in answer to our close frame, which it has read behind all else. */
export function isAnswer(code: number): boolean {
  return code === OURS || code === NONE;
}

/** Why a WebSocket ended; undefined if that was in good order. */
export function closeError(code: number, reason: string): Error | undefined {
  if (IN_ORDER.has(code)) return undefined;
  return new Error(`the WebSocket closed with ${code}${reason === "" ? "" : `: ${reason}`}`);
}

/** NATS speaks in binary frames only. */
export function textFrameError(server: string, text: string): ProtocolError {
  const shown = JSON.stringify(text.slice(0, 60));
  return new ProtocolError("TEXT_FRAME", `${server} sent a text frame, which NATS does not: ${shown}`, {
    server,
  });
}

import { ProtocolError } from "../core/errors.ts";

/** Codes that tell of an end in good order (RFC 6455, 7.4.1), 1005 being none at all. */
const IN_ORDER = new Set([1000, 1001, 1005]);

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

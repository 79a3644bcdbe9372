import { frameOf } from "../support/raw-web-socket.ts";
import type { Streams } from "./streams.ts";

const UPGRADE = [
  "GET / HTTP/1.1",
  "Host: a",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Version: 13",
];

/** A stream in frames of which some are none, after a request that may be spoilt too. */
export function framed(source: Streams): string {
  const lines = UPGRADE.filter((_, i) => i < 2 || source.random() < 0.98);
  if (source.random() < 0.5) lines.push("Sec-WebSocket-Extensions: permessage-deflate");
  const frames = source.pieces(source.next()).map((piece) => frame(source, piece));
  return [...lines, "", ""].join("\r\n") + frames.join("");
}

function frame(source: Streams, payload: string): string {
  const isOdd = source.random() < 0.1;
  const bytes = frameOf(payload, {
    opcode: isOdd ? source.below(16) : 2,
    isFinal: source.random() < 0.9,
    isCompressed: source.random() < 0.05,
    isMasked: source.random() < 0.98,
  });
  const text = bytes.toString("latin1");
  return source.random() < 0.05 ? text.slice(source.below(text.length)) : text;
}

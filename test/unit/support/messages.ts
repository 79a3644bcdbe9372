import type { PendingListener } from "../../../src/core/delivery/pending.ts";
import type { Message } from "../../../src/core/message.ts";
import { MessageFrame } from "../../../src/core/protocol/decoder.ts";
import { bytesOf } from "./bytes.ts";
import { decode } from "./recorder.ts";

/** A received message with this payload, alone in its chunk. */
export function aMessage(payload: string, subject = "a"): Message {
  const size = bytesOf(payload).length;
  return decode(`MSG ${subject} 1 ${size}\r\n${payload}\r\n`).messages[0]!;
}

/** Where a received message with this payload lies, alone in its chunk. */
export function aFrame(payload: string): MessageFrame {
  return framesInChunk([payload])[0]!;
}

/** Where messages lie that came in one chunk of (at least) `chunkSize` bytes, of which they are the first. */
export function framesInChunk(payloads: readonly string[], chunkSize = 0): MessageFrame[] {
  const parts = payloads.map((payload) => {
    const bytes = bytesOf(payload);
    return { bytes, line: bytesOf(`MSG a 1 ${bytes.length}\r\n`) };
  });
  const length = parts.reduce((sum, { bytes, line }) => sum + line.length + bytes.length + 2, 0);
  const chunk = new Uint8Array(Math.max(chunkSize, length));
  let at = 0;
  return parts.map(({ bytes, line }) => {
    const frame = new MessageFrame();
    frame.bytes = chunk;
    frame.sid = 1;
    frame.subjectStart = at + 4;
    frame.subjectEnd = at + 5;
    frame.headersStart = at + line.length;
    frame.payloadStart = at + line.length;
    frame.payloadEnd = at + line.length + bytes.length;
    chunk.set(line, at);
    chunk.set(bytes, frame.payloadStart);
    at = frame.payloadEnd + 2;
    return frame;
  });
}

export function texts(messages: readonly Message[]): string[] {
  return messages.map((message) => message.string());
}

/** For books of which nothing is to be told. */
export const untold: PendingListener = { onFilling: () => undefined, onSlowEnded: () => undefined };

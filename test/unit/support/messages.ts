import { Message } from "../../../src/core/message.ts";
import { MessageFrame } from "../../../src/core/protocol/decoder.ts";
import { bytesOf } from "./bytes.ts";
import { decode, noContext } from "./recorder.ts";

/** A received message with this payload, alone in its chunk. */
export function aMessage(payload: string, subject = "a"): Message {
  const size = bytesOf(payload).length;
  return decode(`MSG ${subject} 1 ${size}\r\n${payload}\r\n`).messages[0]!;
}

/** Messages that came in one chunk of (at least) `chunkSize` bytes, of which they are the first. */
export function messagesInChunk(payloads: readonly string[], chunkSize = 0): Message[] {
  const stream = bytesOf(payloads.map((payload) => `MSG a 1 ${payload.length}\r\n${payload}\r\n`).join(""));
  const chunk = new Uint8Array(Math.max(chunkSize, stream.length));
  chunk.set(stream);
  const messages: Message[] = [];
  let at = 0;
  for (const payload of payloads) {
    const line = `MSG a 1 ${payload.length}\r\n`.length;
    const frame = new MessageFrame();
    frame.bytes = chunk;
    frame.sid = 1;
    frame.subjectStart = at + 4;
    frame.subjectEnd = at + 5;
    frame.headersStart = at + line;
    frame.payloadStart = at + line;
    frame.payloadEnd = at + line + payload.length;
    messages.push(new Message(noContext, frame));
    at += line + payload.length + 2;
  }
  return messages;
}

export function texts(messages: readonly Message[]): string[] {
  return messages.map((message) => message.string());
}

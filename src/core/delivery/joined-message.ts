import { Message, type MessageContext } from "../message.ts";

/** The bytes of a message, in the order in which they travel; what it doesn't have is empty. */
export type MessageParts = readonly [
  subject: Uint8Array,
  reply: Uint8Array,
  headers: Uint8Array,
  data: Uint8Array,
];

/** A message of these parts, which came by no subscription. Without `respond` responses go nowhere. */
export function joinedMessage(parts: MessageParts, respond: MessageContext["respond"] = ignore): Message {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  const ends: number[] = [];
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
    ends.push(at);
  }
  const [subjectEnd, replyEnd, headersEnd, dataEnd] = ends as [number, number, number, number];
  const context = { subscription: undefined, reportError: ignore, respond };
  return new Message(context, bytes, 0, subjectEnd, subjectEnd, replyEnd, replyEnd, headersEnd, dataEnd);
}

function ignore(): void {
  // It came by no connection that could be told.
}

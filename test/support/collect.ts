import type { Connection, Message } from "../../src/index.ts";

/** Publishes the numbers from `from` on as texts, `count` of them, and returns them. */
export function publishNumbers(nc: Connection, subject: string, count: number, from = 1): string[] {
  const texts = Array.from({ length: count }, (_, i) => `${from + i}`);
  for (const text of texts) nc.publish(subject, text);
  return texts;
}

/** A callback that keeps the text of each message. */
export function keepTexts(kept: string[]): (message: Message) => void {
  return (message) => void kept.push(message.string());
}

/** Reads until the end; the texts of all messages. */
export async function collect(messages: AsyncIterable<Message>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) texts.push(message.string());
  return texts;
}

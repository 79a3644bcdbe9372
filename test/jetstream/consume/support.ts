import type { Consumer, JetStream, JetStreamMessage } from "../../../src/jetstream/index.ts";
import { unique } from "../../support/jetstream.ts";

/** What a test's consumer is made with. */
export type ConsumerSetup = Omit<Parameters<JetStream["consumers"]["create"]>[1], "push">;

export interface Setup {
  readonly stream: string;
  readonly subject: string;
  readonly consumer: Consumer;
}

/** A stream of its own in memory, with the numbers from 1 to `count` in it, and a durable consumer. */
export async function setUp(
  js: JetStream,
  count: number,
  config: object = {},
  stream: object = {},
): Promise<Setup> {
  const name = unique("S");
  const subject = `${name}.a`;
  await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory", ...stream });
  await publishNumbers(js, subject, count);
  const consumer = await js.consumers.create(name, { durable: "c", ...config } as ConsumerSetup);
  return { stream: name, subject, consumer: consumer as Consumer };
}

/** Publishes numbers as texts, and waits until all are stored. */
export async function publishNumbers(js: JetStream, subject: string, count: number, from = 1): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => js.publish(subject, `${from + i}`)));
}

export function numbers(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, i) => `${from + i}`);
}

/** Reads until the end, acks each, and returns the texts. */
export async function readAll(messages: AsyncIterable<JetStreamMessage>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) {
    texts.push(message.string());
    message.ack();
  }
  return texts;
}

/** Resolves once `messages` has so many on hand that nobody was given. */
export function pendingOf(messages: { readonly pending: { readonly messages: number } }): number {
  return messages.pending.messages;
}

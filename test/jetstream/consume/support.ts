import type { ConsumerConfig } from "../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import type { Consumer, JetStream, JetStreamMessage, StoredMessage } from "../../../src/jetstream/index.ts";
import { unique } from "../../support/jetstream.ts";

export interface Setup {
  readonly stream: string;
  readonly subject: string;
  readonly consumer: Consumer;
}

/** A stream of its own in memory, with the numbers from 1 to `count` in it, and a durable consumer. */
export async function setUp(
  js: JetStream,
  count: number,
  config: Partial<ConsumerConfig> = {},
  stream: Partial<StreamConfig> = {},
): Promise<Setup> {
  const name = unique("S");
  const subject = `${name}.a`;
  await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory", ...stream } as StreamConfig);
  await publishNumbers(js, subject, count);
  const consumer = await js.consumers.create(name, { durable: "c", ...config } as ConsumerConfig);
  return { stream: name, subject, consumer };
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

/** Reads until the end; the texts of all messages. */
export async function textsOf(messages: AsyncIterable<StoredMessage>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) texts.push(message.string());
  return texts;
}

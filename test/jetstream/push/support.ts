import type { JetStream, PushConsumer, PushConsumerConfig } from "../../../src/jetstream/index.ts";
import { unique } from "../../support/jetstream.ts";

export interface Pushed {
  readonly stream: string;
  readonly subject: string;
  readonly consumer: PushConsumer;
  readonly config: PushConsumerConfig;
}

/** A stream with the messages "1" to `count`, and a durable consumer that pushes. */
export async function setUpPush(js: JetStream, count: number, given: object = {}): Promise<Pushed> {
  const stream = unique("S");
  const subject = `${stream}.x`;
  await js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
  for (let i = 1; i <= count; i++) await js.publish(subject, String(i));
  const config: PushConsumerConfig = { durable: unique("pushes"), push: {}, ...given };
  return { stream, subject, config, consumer: await js.consumers.create(stream, config) };
}

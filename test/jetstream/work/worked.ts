import type { Connection } from "../../../src/index.ts";
import type { ConsumerConfig } from "../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import type { ConsumeEvent } from "../../../src/jetstream/consume/events.ts";
import type { Consumer, JetStream, Work } from "../../../src/jetstream/index.ts";
import { unique } from "../../support/jetstream.ts";

/** A stream with messages, and a consumer of it. */
export interface Worked {
  readonly name: string;
  readonly consumer: Consumer;
  /** Publishes texts to `<name>.<key>`. */
  readonly publish: (...texts: readonly string[]) => Promise<void>;
}

/** Makes a stream with these messages, and a consumer. */
export async function worked(
  js: JetStream,
  texts: readonly string[],
  config: Partial<ConsumerConfig> = {},
  stream: Partial<StreamConfig> = {},
): Promise<Worked> {
  const name = unique("WORK");
  await js.streams.create({ name, subjects: [`${name}.>`], storage: "memory", ...stream } as StreamConfig);
  const publish = async (...more: readonly string[]): Promise<void> => {
    for (const text of more) await js.publish(`${name}.${text}`, text);
  };
  await publish(...texts);
  const consumer = await js.consumers.create(name, { durable: "worker", ...config } as ConsumerConfig);
  return { name, consumer, publish };
}

type HandlerErrorEvent = Extract<ConsumeEvent, { readonly type: "handlerError" }>;

/** Keeps the failures of handlers that a work tells of. */
export function failuresOf(work: Work): HandlerErrorEvent[] {
  const failures: HandlerErrorEvent[] = [];
  work.on("handlerError", (event) => void failures.push(event));
  return failures;
}

/** Keeps what is published to a subject, as text, from now on. */
export async function heard(nc: Connection, subject: string): Promise<string[]> {
  const texts: string[] = [];
  nc.subscribe(subject, { callback: (m) => void texts.push(m.string()) });
  await nc.flush();
  return texts;
}

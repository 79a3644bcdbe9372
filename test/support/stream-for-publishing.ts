import type { StreamConfig } from "../../src/jetstream/config/stream-config.ts";
import { streamConfig } from "../../src/jetstream/config/stream-config.ts";
import type { JetStream } from "../../src/jetstream/index.ts";
import { unique } from "./jetstream.ts";

/** What a test of publishing needs to know of its stream. */
export interface StreamToPublishTo {
  readonly name: string;
  /** A subject that the stream takes, and nobody else. */
  subject(...tokens: string[]): string;
  /** What is stored: its subjects, and how many messages. */
  messages(): Promise<number>;
  /** The text of a stored message; undefined if there is none. */
  text(seq: number): Promise<string | undefined>;
  /** The header block of a stored message as text. */
  headers(seq: number): Promise<string>;
}

/** Makes a stream in memory for subjects of its own, unless the configuration says otherwise. */
export async function makeStream(
  js: JetStream,
  config: Partial<StreamConfig> = {},
): Promise<StreamToPublishTo> {
  const name = unique("PUB");
  const whole = { name, subjects: [`${name}.>`], storage: "memory", ...config } as StreamConfig;
  const { api } = js.context;
  await api.request({ subject: `STREAM.CREATE.${name}`, body: streamConfig.toWire(whole) });
  const stored = async (seq: number): Promise<{ data?: string; hdrs?: string }> => {
    const { message } = await api.request({ subject: `STREAM.MSG.GET.${name}`, body: { seq } });
    return message as { data?: string; hdrs?: string };
  };
  const decoded = (base64 = ""): string => Buffer.from(base64, "base64").toString();
  return {
    name,
    subject: (...tokens) => [name, ...tokens].join("."),
    messages: async () => {
      const { state } = await api.request({ subject: `STREAM.INFO.${name}` });
      return (state as { messages: number }).messages;
    },
    text: (seq) =>
      stored(seq).then(
        ({ data }) => decoded(data),
        () => undefined,
      ),
    headers: async (seq) => decoded((await stored(seq)).hdrs),
  };
}

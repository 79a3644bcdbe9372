import { isNatsError } from "../../core/errors.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StreamConfig } from "../config/stream-config.ts";
import { covers } from "../config/subjects.ts";
import { JetStreamError } from "../errors.ts";
import type { JetStream } from "../jetstream.ts";
import type { Stream } from "../stream/stream.ts";

/** The stream of that name; it is made if it is missing. An existing one may differ in anything but its subjects. */
export async function ensureStream(
  js: JetStream,
  config: StreamConfig & { readonly subjects: readonly string[] },
  limits: WaitOptions = {},
): Promise<Stream> {
  const { name, subjects } = config;
  const stream = (await find(js, name, limits)) ?? (await make(js, config, limits));
  const taken = stream.cachedInfo?.config.subjects ?? [];
  const missing = subjects.find((subject) => !taken.some((filter) => covers(filter, subject)));
  if (missing === undefined) return stream;
  const text = `the stream "${name}" can't keep dead letters: it does not take "${missing}"`;
  throw new JetStreamError("STREAM_EXISTS", text, { stream: name, subject: missing });
}

async function find(js: JetStream, name: string, limits: WaitOptions): Promise<Stream | undefined> {
  try {
    return await js.streams.get(name, limits);
  } catch (error) {
    if (isNatsError(error, "STREAM_NOT_FOUND")) return undefined;
    throw error;
  }
}

async function make(js: JetStream, config: StreamConfig, limits: WaitOptions): Promise<Stream> {
  try {
    return await js.streams.create(config, limits);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (isNatsError(error, "STREAM_EXISTS")) return await js.streams.get(config.name, limits);
    throw error;
  }
}

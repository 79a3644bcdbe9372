import {
  aSignal,
  type Check,
  checkOptions,
  type Checks,
  invalidOption,
  milliseconds,
  wrongValue,
} from "../../core/checks.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { checkJetStream } from "../check-jetstream.ts";
import { checkStreamName } from "../config/names.ts";
import type { StreamSettings } from "../config/stream-config.ts";
import type { JetStream } from "../jetstream.ts";
import { DeadLetters } from "./dead-letters.ts";
import { ensureStream } from "./ensure-stream.ts";

/** Options of {@link deadLetters}. */
export interface DeadLetterOptions extends WaitOptions {
  /** The configuration of the stream that keeps the letters, for when it is made: its `name`, its limits. */
  readonly config?: Partial<StreamSettings>;
}

const aConfig: Check<Partial<StreamSettings>> = (name, value) => {
  if (typeof value !== "object" || value === null) throw wrongValue(name, "an object", value);
  for (const fixed of ["subjects", "sources", "mirror"]) {
    if (fixed in value) throw invalidOption(`${name}.${fixed}`, "it takes letters, and nothing else");
  }
  return { ...value };
};

const OPEN: Checks<DeadLetterOptions> = { config: aConfig, timeout: milliseconds, signal: aSignal };

/** Milliseconds within which a letter is not kept a second time, even if it was replayed meanwhile. */
const DUPLICATE_WINDOW = 3_600_000;

/**
 * The dead letters of a stream: messages that its consumers have given up. A stream called `DLQ_<stream>`, unless `config` has
 * a name, keeps them. It is made if it is missing, with as many replicas as the stream has.
 *
 * Rejects with `STREAM_NOT_FOUND`, with `STREAM_EXISTS` if a stream of that name takes no letters, and as `streams.create` does.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { deadLetters, jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * await js.streams.create({ name: "BILLS", subjects: ["bills.>"], retention: "workqueue" });
 * const letters = await deadLetters(js, "BILLS");
 * const consumer = await js.consumers.create("BILLS", { durable: "printer", maxDeliver: 5 });
 * const work = consumer.work((m) => console.log(m.json()), { deadLetters: letters });
 * await work.drain();
 * for await (const letter of letters.list()) console.log(letter.message?.subject, letter.cause);
 * await nc.close();
 * ```
 */
export async function deadLetters(
  js: JetStream,
  stream: string,
  options: DeadLetterOptions = {},
): Promise<DeadLetters> {
  const { config = {}, ...limits } = checkOptions(options, OPEN);
  const source = await checkJetStream(js).streams.get(checkStreamName(stream), limits);
  const { replicas, storage } = source.cachedInfo?.config ?? {};
  const { name = `DLQ_${stream}`, maxAge = Infinity } = config;
  checkStreamName(name, "config.name");
  const letters = await ensureStream(
    js,
    {
      description: `Messages of ${stream} that consumers have given up`,
      allowDirect: true,
      duplicateWindow: maxAge > 0 ? Math.min(DUPLICATE_WINDOW, maxAge) : DUPLICATE_WINDOW,
      ...(storage === undefined ? {} : { storage }),
      ...(replicas === undefined ? {} : { replicas }),
      ...config,
      name,
      subjects: [`${name}.>`],
    },
    limits,
  );
  return new DeadLetters(js, source, letters);
}

import {
  aSignal,
  aString,
  type Check,
  type Checks,
  checkOptions,
  invalidOption,
  shown,
} from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { checkJetStream } from "../check-jetstream.ts";
import type { JetStream } from "../jetstream.ts";
import type { Advisory } from "./advisory.ts";
import { AdvisoryFeed } from "./advisory-feed.ts";
import { readAdvisory } from "./read-advisory.ts";

/** Options of {@link advisories}. */
export interface AdvisoryOptions {
  /** Only those of this stream and its consumers. @default all, also those of servers */
  readonly stream?: string;
  /** Only those of consumers of this name. */
  readonly consumer?: string;
  /** Ends the loop when it aborts. */
  readonly signal?: AbortSignal;
}

/**
 * Advisories tell what happens to streams and consumers, from the call on. Samples of acks are among them, and, unless a stream or a
 * consumer is named, every call of the API by anybody. To leave the loop unsubscribes. The loop ends with the connection, and throws
 * `SUBSCRIBE_DENIED` if the user may not hear them. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { advisories, jetstream } from "natspeed/jetstream";
 *
 * const nc = await connect();
 * const js = jetstream(nc);
 * const heard = advisories(js, { stream: "HEARD" });
 * await js.streams.create({ name: "HEARD", subjects: ["heard"], storage: "memory" });
 * for await (const a of heard) {
 *   console.log(a.time, a.type);
 *   break;
 * }
 * await js.streams.delete("HEARD");
 * await nc.close();
 * ```
 */
export function advisories(js: JetStream, options: AdvisoryOptions = {}): AsyncSequence<Advisory> {
  const { signal, ...of } = checkOptions(options, CHECKS);
  const { connection } = checkJetStream(js).context;
  const feed = new AdvisoryFeed(readAdvisory);
  const limits = signal === undefined ? {} : { signal };
  for (const subject of subjectsOf(of)) {
    feed.follow(connection.subscribe(subject, { callback: feed.take, ...limits }));
  }
  return feed;
}

// It becomes a token of a subject; a server takes no more than that for a name either.
const aName: Check<string> = (name, value) => {
  if (/^[^\s.*>/\\]+$/.test(aString(name, value))) return value as string;
  throw invalidOption(name, `a name has no dots, wildcards, slashes and white space, unlike ${shown(value)}`);
};

const CHECKS: Checks<AdvisoryOptions> = { stream: aName, consumer: aName, signal: aSignal };

// $JS.EVENT.ADVISORY.STREAM.CREATED.<stream> · $JS.EVENT.METRIC.CONSUMER.ACK.<stream>.<consumer>
function subjectsOf({ stream, consumer }: AdvisoryOptions): readonly string[] {
  if (consumer !== undefined) return [`$JS.EVENT.*.CONSUMER.*.${stream ?? "*"}.${consumer}`];
  if (stream === undefined) return ["$JS.EVENT.>"];
  return [`$JS.EVENT.*.STREAM.*.${stream}`, `$JS.EVENT.*.CONSUMER.*.${stream}.*`];
}

import { isNatsError } from "../../core/errors.ts";
import { type Checks, aSignal, checkOptions } from "../../core/checks.ts";
import type { Consumer } from "../consumer/consumer.ts";
import { JetStreamError } from "../errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { Work } from "../work/work.ts";
import { type Dead, fetchDead, type Keeper, keepLetter } from "./letter-keeper.ts";
import { ensureStream } from "./ensure-stream.ts";

/** Options of `DeadLetters.collect`. */
export interface CollectOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
}

const COLLECT: Checks<CollectOptions> = { signal: aSignal };

// JS-ADV-02
const ADVISORIES = "$JS.EVENT.ADVISORY.CONSUMER";
/** In nanoseconds: so much may the clocks of two servers differ. */
const CLOCK_SKEW = 10_000_000_000n;
const CONCURRENCY = 4;
const DELAYS = [1000, 5000, 30_000];

/** What servers tell of a message that is given up. */
interface DeathAdvisory {
  readonly id: string;
  readonly consumer: string;
  readonly stream_seq: number;
  readonly deliveries: number;
  /** Of a `term` alone. */
  readonly consumer_seq?: number;
  readonly reason?: string;
}

/** What stands behind the reason of a `term` whose letter was kept before. */
export function keptNote(keeper: string): string {
  return `(kept in ${keeper})`;
}

/** Makes letters of what servers tell of: a stream of its own keeps that until it is done. */
export async function collectDead(keeper: Keeper, options: CollectOptions): Promise<Work> {
  const { signal } = checkOptions(options, COLLECT);
  const consumer = await advisoriesOf(keeper);
  return consumer.work((advisory) => keepAdvised(keeper, advisory), {
    concurrency: CONCURRENCY,
    retry: { delays: DELAYS, terminal: isUnreadable },
    ...(signal === undefined ? {} : { signal }),
  });
}

async function advisoriesOf({ js, letters, source }: Keeper): Promise<Consumer> {
  const { config } = await letters.info();
  const name = `DLQ_${source.name}_ADVISORIES`;
  await ensureStream(js, {
    name,
    description: `What servers tell of messages of ${source.name} that are given up, until they are dead letters`,
    subjects: ["MAX_DELIVERIES", "MSG_TERMINATED"].map((kind) => `${ADVISORIES}.${kind}.${source.name}.*`),
    retention: "workqueue",
    ...(config.storage === undefined ? {} : { storage: config.storage }),
    ...(config.replicas === undefined ? {} : { replicas: config.replicas }),
  });
  // A work queue has one consumer: a second place for the same letters is refused.
  return await js.consumers.createOrUpdate(name, { durable: letters.name });
}

async function keepAdvised(keeper: Keeper, advisory: JetStreamMessage): Promise<void> {
  const {
    id,
    consumer,
    stream_seq: seq,
    deliveries,
    consumer_seq: deliverySeq,
    reason: cause,
  } = read(advisory);
  if (cause?.endsWith(keptNote(keeper.letters.name)) === true) return;
  const isTermed = deliverySeq !== undefined;
  const dead: Dead = {
    consumer,
    seq,
    deliveries,
    reason: isTermed ? "terminated" : "max-deliveries",
    cause,
    key: isTermed ? `${deliverySeq}` : `max.${id}`,
  };
  const message = await fetchDead(keeper, seq, {});
  // In a stream that was made anew another message may have its sequence.
  const isOther = message !== undefined && message.timeNanos > advisory.timeNanos + CLOCK_SKEW;
  await keepLetter(keeper, dead, isOther ? undefined : message);
}

function isUnreadable(error: unknown): boolean {
  return isNatsError(error, "INVALID_JSON") || isNatsError(error, "INVALID_RESPONSE");
}

function read(advisory: JetStreamMessage): DeathAdvisory {
  const facts = advisory.json<Partial<DeathAdvisory> | null>();
  const { id, consumer, stream_seq: seq } = facts ?? {};
  if (typeof id === "string" && typeof consumer === "string" && Number.isSafeInteger(seq)) {
    return facts as DeathAdvisory;
  }
  const { subject } = advisory;
  throw new JetStreamError("INVALID_RESPONSE", `the advisory on "${subject}" can't be read`, { subject });
}

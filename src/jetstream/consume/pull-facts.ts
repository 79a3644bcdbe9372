import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import { RedeliveryClock } from "../work/redelivery-clock.ts";
import type { PullLimits } from "./pull-engine-types.ts";
import { NO_LIMITS } from "./pull-request.ts";

/** The server's clock begins before the message is here: the part of its wait after which a message is not handed out. */
const SAFE_PART = 0.9;

/** What a consumer's configuration says about its pulls and its messages. */
export interface PullFacts {
  readonly limits: PullLimits;
  /** By `performance.now()`: from when on the message, which came at `at`, may be delivered anew. */
  deadlineOf(message: JetStreamMessage, at: number): number;
}

interface AckRules {
  readonly ackPolicy?: string;
  readonly ackWait?: number;
  readonly backoff?: readonly number[];
}

const never = (): number => Infinity;

/** Of a consumer of which nothing is known. */
export const NO_FACTS: PullFacts = { limits: NO_LIMITS, deadlineOf: never };

// oxlint-disable-next-line complexity -- a field with a default each
export function pullFacts({ config }: ConsumerInfo): PullFacts {
  if (config.push !== undefined) return NO_FACTS;
  const takesAcks = config.ackPolicy !== "none";
  const limits: PullLimits = {
    maxBatch: config.maxBatch ?? Infinity,
    maxExpires: config.maxExpires ?? Infinity,
    maxBytes: config.maxBytes ?? Infinity,
    maxAckPending: takesAcks ? (config.maxAckPending ?? Infinity) : Infinity,
  };
  return { limits, deadlineOf: deadlinesOf(config) };
}

/** When messages of a consumer of this configuration may be delivered anew. */
export function deadlinesOf({ ackPolicy, ...rules }: AckRules): PullFacts["deadlineOf"] {
  if (ackPolicy === "none" || ackPolicy === "flow-control") return never;
  const clock = new RedeliveryClock(rules);
  if (clock.backoff === undefined) {
    const wait = SAFE_PART * clock.waitAfter(1);
    return (_message, at) => at + wait;
  }
  return (message, at) => at + SAFE_PART * clock.waitAfter(message.deliveries);
}

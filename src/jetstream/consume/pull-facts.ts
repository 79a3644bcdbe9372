import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { PullLimits } from "./engine/pull-engine-types.ts";
import { NO_LIMITS } from "./engine/pull-request.ts";

/** What a consumer's configuration says about its pulls and its messages. */
export interface PullFacts {
  readonly limits: PullLimits;
  readonly deadlineOf: DeadlineOf;
}

/** By `performance.now()`: from when on the message, which came at `at`, may be delivered anew. */
export type DeadlineOf = (message: JetStreamMessage, at: number) => number;

const never = (): number => Infinity;

/** Of a consumer of which nothing is known. */
export const NO_FACTS: PullFacts = { limits: NO_LIMITS, deadlineOf: never };

export function pullFacts({ config }: ConsumerInfo): PullFacts {
  if (config.push !== undefined) return NO_FACTS;
  const limits: PullLimits = {
    maxBatch: config.maxBatch ?? Infinity,
    maxExpires: config.maxExpires ?? Infinity,
    maxBytes: config.maxBytes ?? Infinity,
    maxAckPending: config.ackPolicy === "none" ? Infinity : (config.maxAckPending ?? Infinity),
  };
  return { limits, deadlineOf: deadlinesOf(config) };
}

/** What says when a message comes again. */
interface AckRules {
  readonly ackPolicy?: "none" | "explicit" | "all" | "flow-control";
  readonly ackWait?: number;
  readonly backoff?: readonly number[];
}

const DEFAULT_ACK_WAIT = 30_000;

/** The server's clock begins before the message is here: the part of its wait after which a message is not handed out. */
const SAFE_PART = 0.9;

// JS-MSG-10
/** When messages of a consumer of this configuration may be delivered anew. */
export function deadlinesOf({ ackPolicy, ackWait = DEFAULT_ACK_WAIT, backoff = [] }: AckRules): DeadlineOf {
  if (ackPolicy === "none" || ackPolicy === "flow-control") return never;
  if (backoff.length === 0) return (_message, at) => at + SAFE_PART * ackWait;
  const last = backoff.length - 1;
  return ({ deliveries }, at) => at + SAFE_PART * backoff[Math.min(deliveries - 1, last)]!;
}

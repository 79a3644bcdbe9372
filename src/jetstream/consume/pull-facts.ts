import type { ConsumerInfo } from "../config/consumer-info.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
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

const never = (): number => Infinity;

/** Of a consumer of which nothing is known. */
export const NO_FACTS: PullFacts = { limits: NO_LIMITS, deadlineOf: never };

export function pullFacts({ config }: ConsumerInfo): PullFacts {
  if (config.push !== undefined) return NO_FACTS;
  const takesAcks = config.ackPolicy !== "none";
  const limits: PullLimits = {
    maxBatch: config.maxBatch ?? Infinity,
    maxExpires: config.maxExpires ?? Infinity,
    maxBytes: config.maxBytes ?? Infinity,
    maxAckPending: takesAcks ? (config.maxAckPending ?? Infinity) : Infinity,
  };
  return { limits, deadlineOf: takesAcks ? deadlines(config) : never };
}

interface RedeliveryWaits {
  readonly ackWait?: number;
  readonly backoff?: readonly number[];
}

const DEFAULT_ACK_WAIT = 30_000;

// JS-MSG-10
function deadlines({ ackWait = DEFAULT_ACK_WAIT, backoff = [] }: RedeliveryWaits): PullFacts["deadlineOf"] {
  if (backoff.length === 0) {
    const wait = SAFE_PART * ackWait;
    return (_message, at) => at + wait;
  }
  const last = backoff.length - 1;
  return ({ deliveries }, at) => at + SAFE_PART * backoff[Math.min(deliveries - 1, last)]!;
}

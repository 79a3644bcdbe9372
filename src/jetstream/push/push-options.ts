import { somePendingLimits } from "../../core/call-options.ts";
import {
  aFunction,
  aSignal,
  type Check,
  type Checks,
  checkOptions,
  count,
  invalidOption,
  oneOf,
} from "../../core/checks.ts";
import type { PendingLimits } from "../../core/delivery/pending.ts";
import type { ConsumeOptions, PushOptions } from "../consume/options.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** Options of `PushConsumer.consume`. */
export interface PushConsumeOptions<M = JetStreamMessage>
  extends PushOptions, Pick<ConsumeOptions<M>, "callback" | "onStale"> {}

/** What a {@link PushSource} goes by. */
export interface ResolvedPushOptions {
  readonly stopAfter: number;
  readonly onMissing: "fail" | "wait" | "recreate";
  readonly pending: PendingLimits;
}

// JSS-10: as many as a subscription takes, with the flow control of servers well below.
const PENDING: PendingLimits = { messages: 524_288, bytes: 67_108_864, onFull: "drop-new" };

const aBacklog: Check<Partial<PendingLimits>> = (name, value) => {
  const limits = somePendingLimits(name, value);
  if (limits.onFull !== "drop-old" && limits.warnAt === undefined) return limits;
  const option = limits.warnAt === undefined ? "onFull" : "warnAt";
  const reason = option === "warnAt" ? "it is for core subscriptions" : 'it must be "drop-new" or "error"';
  throw invalidOption(`${name}.${option}`, reason);
};

/** The checks of what all that consumes of a push consumer takes. */
export const PUSH_CHECKS: Checks<PushOptions> = {
  stopAfter: count,
  onMissing: oneOf("fail", "wait", "recreate"),
  pending: aBacklog,
  signal: aSignal,
};

/** Throws `INVALID_OPTION`. */
export function checkPushConsume<M>(given: PushConsumeOptions<M>): PushConsumeOptions<M> {
  const checks: Checks<PushConsumeOptions<M>> = {
    ...PUSH_CHECKS,
    onStale: oneOf("drop", "extend"),
    callback: aFunction as Check<(message: M) => void | PromiseLike<void>>,
  };
  return checkOptions(given, checks, undefined, PULL_OPTIONS);
}

/** What pulls have and a server that sends by itself has not. */
const PULL_OPTIONS = {
  capacity: '"pending": the server sends as much as its flow control allows',
  capacityBytes: '"pending"',
  threshold: '"pending"',
  expires: "of no use: nothing is asked for",
  idleHeartbeat: '"push.idleHeartbeat" of the configuration',
  priority: "of consumers that pull",
};

/** With what is not said. A backlog has room for all that may be delivered and not acked. */
export function resolvePush(
  { stopAfter = Infinity, onMissing = "fail", pending = {} }: PushOptions,
  maxAckPending: number | undefined,
): ResolvedPushOptions {
  const most = maxAckPending === undefined || maxAckPending === Infinity ? 0 : maxAckPending;
  const messages = Math.max(PENDING.messages, most);
  return { stopAfter, onMissing, pending: { ...PENDING, messages, ...pending } };
}

import type { ConsumerConfig, PushConsumerConfig } from "../config/consumer-config.ts";
import type { Difference } from "../config/diff.ts";

/** Why a server refuses to change a field so; undefined if it doesn't. */
type Reason = (difference: Difference) => string | undefined;

const never: Reason = () => "it is fixed when the stream is made";
const forGood: Reason = ({ from }) => (from === true ? "it can't be taken back" : undefined);

const workqueue: Reason = ({ from, to }) =>
  from === "workqueue" || to === "workqueue" ? '"workqueue" is fixed when the stream is made' : undefined;

// JS-STR-43: without `mirror` it becomes a stream of its own
const mirror: Reason = ({ to }) => (to === undefined ? undefined : "a mirror can only be taken away");

/** By the checks that every server makes before it updates a stream. */
const OF_STREAMS: Readonly<Record<string, Reason>> = {
  storage: never,
  retention: workqueue,
  sealed: forGood,
  denyDelete: forGood,
  denyPurge: forGood,
  mirror,
  allowMsgTtl: forGood,
  allowMsgSchedules: forGood,
  allowMsgCounter: never,
  persistMode: never,
};

const fixed: Reason = () => "it is fixed when the consumer is made";

// JS-CON-31
const OF_CONSUMERS: Readonly<Record<string, Reason>> = {
  durable: fixed,
  deliverPolicy: fixed,
  ackPolicy: fixed,
  replayPolicy: fixed,
  maxWaiting: fixed,
  storage: fixed,
  push: () => "whether it pushes is fixed when the consumer is made",
  "push.idleHeartbeat": fixed,
  "push.flowControl": fixed,
};

export function reasonOfStream(difference: Difference): string | undefined {
  return reasonIn(OF_STREAMS, difference);
}

export function reasonOfConsumer(difference: Difference): string | undefined {
  return reasonIn(OF_CONSUMERS, difference);
}

function reasonIn(reasons: Readonly<Record<string, Reason>>, difference: Difference): string | undefined {
  return Object.hasOwn(reasons, difference.name) ? reasons[difference.name]?.(difference) : undefined;
}

/** A pull consumer has fields that one which pushes has not: that there is a push tells it all. */
export function withoutOtherKind(
  differences: readonly Difference[],
  config: ConsumerConfig | PushConsumerConfig,
): readonly Difference[] {
  const changesKind = differences.some(({ name }) => name === "push");
  if (!changesKind) return differences;
  const kept = new Set(["push", ...Object.keys(config)]);
  return differences.filter(({ name }) => kept.has(name.split(".")[0]!));
}

import {
  aBoolean,
  aFunction,
  aSignal,
  aString,
  type Check,
  checkOptions,
  type Checks,
  count,
  type FormerNames,
  invalidOption,
  milliseconds,
  oneOf,
  part,
  wrongValue,
} from "../../core/checks.ts";
import { JetStreamMessage } from "../message/jetstream-message.ts";
import type { ConsumeCallback } from "./callback-hand-out.ts";
import type { ConsumeOptions, FetchOptions, NextOptions, PullOptions } from "./options.ts";

type Timing = Pick<PullOptions, "idleHeartbeat" | "expires">;
type Priority = NonNullable<PullOptions["priority"]>;

/** Options of nats.js, and other easy mistakes, with their names here. */
const FORMER: FormerNames = {
  timeout: '"expires"',
  maxMessages: '"capacity", and "stopAfter" for how many come in all',
  batch: '"maxMessages" of a fetch, and "capacity" of a consume',
  concurrency: "an option of work()",
  max_messages: '"capacity", and "maxMessages" of a fetch',
  max_bytes: '"capacityBytes", and "maxBytes" of a fetch',
  idle_heartbeat: '"idleHeartbeat"',
  threshold_messages: '"threshold", as a part of the capacity',
  threshold_bytes: '"threshold", as a part of the capacity',
  abort_on_missing_resource: 'onMissing: "fail", which is what happens by itself',
  bind: "js.consumers.bind()",
  no_wait: '"noWait"',
  group: '"priority.group"',
  min_pending: '"priority.minPending"',
  min_ack_pending: '"priority.minAckPending"',
  consumer: "the handle that consume() is called on",
};

/** Milliseconds below which a pull of a consume would do nothing but expire. */
const LEAST_EXPIRES = 1000;

const aDuration: Check<number> = (name, value) => {
  if (milliseconds(name, value) > 0) return value as number;
  throw invalidOption(name, "it must be above 0");
};

const aLongDuration: Check<number> = (name, value) => {
  if (milliseconds(name, value) >= LEAST_EXPIRES) return value as number;
  throw wrongValue(name, `at least ${LEAST_EXPIRES} milliseconds`, value);
};

// JS-STATUS-08
const aRank: Check<number> = (name, value) => {
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 9) return value as number;
  throw wrongValue(name, "a whole number from 0 (first) to 9", value);
};

const PRIORITY: Checks<{ group: string; minPending?: number; minAckPending?: number; priority?: number }> = {
  group: aString,
  minPending: count,
  minAckPending: count,
  priority: aRank,
};

// JS-PULL-17
const aPriority: Check<Priority> = (name, value) => {
  const given = checkOptions(value as Priority, PRIORITY as unknown as Checks<Priority>, name);
  const { group, priority, minPending, minAckPending } = given;
  if (group === undefined || group === "") throw invalidOption(`${name}.group`, "it must name a group");
  if (priority !== undefined && (minPending !== undefined || minAckPending !== undefined)) {
    throw invalidOption(name, "a consumer has one policy: priority, or minPending and minAckPending");
  }
  return given;
};

const aCallback: Check<ConsumeCallback<never>> = (name, value) => {
  const callback = aFunction(name, value) as ConsumeCallback<never>;
  if (callback.length <= 1) return callback;
  throw invalidOption(name, `it gets one argument, the message, and takes ${callback.length}`);
};

const aMessage: Check<JetStreamMessage> = (name, value) => {
  if (value instanceof JetStreamMessage) return value;
  throw wrongValue(name, "a message of this consumer", value);
};

const PULL = { idleHeartbeat: aDuration, priority: aPriority, signal: aSignal } as const;

export const CONSUME: Checks<ConsumeOptions<never>> = {
  ...PULL,
  expires: aLongDuration,
  stopAfter: count,
  onMissing: oneOf("fail", "wait", "recreate"),
  capacity: count,
  capacityBytes: count,
  threshold: part,
  onStale: oneOf("drop", "extend"),
  callback: aCallback,
};

const FETCH: Checks<FetchOptions> = {
  ...PULL,
  expires: aDuration,
  maxMessages: count,
  maxBytes: count,
  noWait: aBoolean,
};

const NEXT: Checks<NextOptions> = { ...PULL, expires: aDuration, noWait: aBoolean, ack: aMessage };

/** Throws `INVALID_OPTION`. */
export function checkConsumeOptions<M>(given: ConsumeOptions<M>): ConsumeOptions<M> {
  const checks = CONSUME as unknown as Checks<ConsumeOptions<M>>;
  if (typeof given === "function")
    throw invalidOption(
      "options",
      "a function is passed by name, consume({ callback }), or is given to work()",
    );
  return withFittingHeartbeat(checkOptions(given, checks, undefined, FORMER));
}

/** Throws `INVALID_OPTION`. */
export function checkFetchOptions(given: FetchOptions): FetchOptions {
  return withFittingHeartbeat(checkOptions(given, FETCH, undefined, FORMER));
}

/** Throws `INVALID_OPTION`. */
export function checkNextOptions(given: NextOptions): NextOptions {
  return withFittingHeartbeat(checkOptions(given, NEXT, undefined, FORMER));
}

const { onStale: _onStale, priority: _priority, ...ORDERED_CONSUME } = CONSUME;
const { priority: _fetchPriority, ...ORDERED_FETCH } = FETCH;

type OrderedConsume<M> = Omit<ConsumeOptions<M>, "onStale" | "priority">;
type OrderedFetch = Omit<FetchOptions, "priority">;
type OrderedNext = Omit<NextOptions, "ack" | "priority">;

/** Throws `INVALID_OPTION`. */
export function checkOrderedConsume<M>(given: OrderedConsume<M>): OrderedConsume<M> {
  const checks = ORDERED_CONSUME as unknown as Checks<OrderedConsume<M>>;
  return withFittingHeartbeat(checkOptions(given, checks, undefined, FORMER));
}

/** Throws `INVALID_OPTION`. */
export function checkOrderedFetch(given: OrderedFetch): OrderedFetch {
  return withFittingHeartbeat(checkOptions(given, ORDERED_FETCH, undefined, FORMER));
}

/** Throws `INVALID_OPTION`. */
export function checkOrderedNext(given: OrderedNext): OrderedNext {
  const { ack: _ack, priority: _nextPriority, ...checks } = NEXT;
  return withFittingHeartbeat(checkOptions(given, checks, undefined, FORMER));
}

// JS-STATUS-05
function withFittingHeartbeat<T extends Timing>(options: T): T {
  const { idleHeartbeat, expires = DEFAULT_EXPIRES } = options;
  if (idleHeartbeat === undefined || 2 * idleHeartbeat <= expires) return options;
  const reason = `it must be at most half of expires, ${expires / 2} milliseconds, not ${idleHeartbeat}`;
  throw invalidOption("idleHeartbeat", reason);
}

export const DEFAULT_EXPIRES = 30_000;

const LEAST_HEARTBEAT = 500;
const MOST_HEARTBEAT = 30_000;

// JS-PULL-08
/** Milliseconds of silence after which the server gives a sign; 0 for none, for a wait that is too short. */
export function heartbeatOf({ idleHeartbeat, expires = DEFAULT_EXPIRES }: Timing): number {
  if (idleHeartbeat !== undefined) return idleHeartbeat;
  const half = Math.floor(expires / 2);
  return half < LEAST_HEARTBEAT ? 0 : Math.min(half, MOST_HEARTBEAT);
}

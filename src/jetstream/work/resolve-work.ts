import {
  aFunction,
  type Check,
  checkOptions,
  type Checks,
  count,
  type FormerNames,
  invalidOption,
  milliseconds,
  shown,
  wrongValue,
} from "../../core/checks.ts";
import type { LastingOptions } from "../consume/options.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { DeadLetterBox } from "./dead-letter-box.ts";
import { RetryPlan } from "./retry-plan.ts";
import type { Run } from "./run.ts";
import type { BatchHandler, BatchWindow, Handler, HandlingOptions, WorkRetryOptions } from "./options.ts";

/** How messages are handled, checked and complete. */
export interface ResolvedWork {
  readonly concurrency: number;
  /** Milliseconds; undefined: no message is kept for longer than its ack wait. */
  readonly keepAlive: number | undefined;
  readonly retry: RetryPlan<JetStreamMessage>;
  readonly deadLetters: DeadLetterBox | undefined;
  readonly orderBy: ((message: JetStreamMessage) => string) | undefined;
  readonly batch: BatchWindow | undefined;
  /** How many messages come; `Infinity` for no end. */
  readonly stopAfter: number;
  /** Calls the handler. */
  handle(run: Run): unknown;
}

const KEEP_ALIVE = 300_000;
const JITTER = 0.2;

/** A part of a whole, or none of it. */
const aShare: Check<number> = (name, value) => {
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw wrongValue(name, "a number from 0 to 1", value);
};

const someDelays: Check<NonNullable<WorkRetryOptions["delays"]>> = (name, value) => {
  if (typeof value === "function") return value as () => number;
  if (Array.isArray(value) && value.length > 0) return value.map((delay) => milliseconds(name, delay));
  const came = Array.isArray(value) ? "an empty one" : shown(value);
  throw invalidOption(name, `it must be a list of milliseconds, or a function, not ${came}`);
};

const RETRY: Checks<WorkRetryOptions> = {
  delays: someDelays,
  jitter: aShare,
  terminal: aFunction as Check<NonNullable<WorkRetryOptions["terminal"]>>,
};

const BATCH: Checks<BatchWindow> = { size: count, within: milliseconds };

const aKeepAlive: Check<NonNullable<HandlingOptions["keepAlive"]>> = (name, value) => {
  if (value === false) return false;
  const { upTo } = checkOptions(value as { readonly upTo: number }, { upTo: milliseconds }, name);
  if (upTo === undefined || upTo === 0) {
    throw invalidOption(name, "it must be false, or say upTo how many milliseconds, above 0");
  }
  return { upTo };
};

const aBatch: Check<BatchWindow> = (name, value) => {
  const { size, within } = checkOptions(value as BatchWindow, BATCH, name);
  if (size !== undefined && within !== undefined) return { size, within };
  throw invalidOption(name, "it must say a size, and within how many milliseconds");
};

const aBox: Check<DeadLetterBox> = (name, value) => {
  if (typeof (value as Partial<DeadLetterBox> | null)?.add === "function") return value as DeadLetterBox;
  throw wrongValue(name, "made with deadLetters()", value);
};

/** The checks of what decides how messages are handled. */
export const HANDLING: Checks<HandlingOptions> = {
  concurrency: count,
  retry: (name, value) => checkOptions(value as WorkRetryOptions, RETRY, name),
  keepAlive: aKeepAlive,
  orderBy: aFunction as Check<NonNullable<HandlingOptions["orderBy"]>>,
  deadLetters: aBox,
  batch: aBatch,
};

/** What options of nats.js and of others mean here. */
export const FORMER: FormerNames = {
  max_messages: '"capacity"',
  maxMessages: '"capacity"',
  callback: "the handler, work's first argument",
  idle_heartbeat: '"idleHeartbeat"',
  threshold_messages: '"capacity"',
  group: '"priority.group"',
  abort_on_missing_resource: 'onMissing: "fail"',
  ack_wait: 'the consumer\'s "ackWait"',
  ackWait: 'the consumer\'s "ackWait"',
  nak_delay: '"retry.delays"',
  retries: '"retry.delays", and how often in all is the consumer\'s "maxDeliver"',
  maxDeliver: 'the consumer\'s "maxDeliver"',
  timeout: '"keepAlive.upTo"',
  backoff: '"retry.delays"',
};

/** Completes options that {@link HANDLING} has checked, for a consumer of `stream`. Throws `INVALID_OPTION`. */
export function resolveWork(
  stream: string,
  handler: Handler | BatchHandler,
  options: HandlingOptions & Pick<LastingOptions, "stopAfter">,
): ResolvedWork {
  aFunction("handler", handler);
  checkBox(stream, options.deadLetters);
  const { concurrency = 1, retry = {}, keepAlive = { upTo: KEEP_ALIVE }, orderBy, batch } = options;
  const { delays, jitter = JITTER, terminal } = retry;
  return {
    concurrency,
    keepAlive: keepAlive === false ? undefined : keepAlive.upTo,
    retry: new RetryPlan({ delays, jitter, terminal }),
    deadLetters: options.deadLetters,
    orderBy,
    batch,
    stopAfter: options.stopAfter ?? Infinity,
    handle: batch === undefined ? ofOne(handler as Handler) : ofMany(handler as BatchHandler),
  };
}

function checkBox(stream: string, box: DeadLetterBox | undefined): void {
  if (box?.stream === undefined || box.stream === stream) return;
  throw invalidOption("deadLetters", `they are those of the stream "${box.stream}", not of "${stream}"`);
}

function ofOne(handler: Handler): (run: Run) => unknown {
  return ({ items, context }) => handler(items[0]!.message, context);
}

function ofMany(handler: BatchHandler): (run: Run) => unknown {
  return ({ items, context }) =>
    handler(
      items.map(({ message }) => message),
      context,
    );
}

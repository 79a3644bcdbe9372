import {
  aFunction,
  aSignal,
  aString,
  aBoolean,
  type Check,
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
  limit,
  milliseconds,
  oneOf,
  part,
  wrongValue,
} from "./checks.ts";
import type { MessageCallback } from "./delivery/callback-delivery.ts";
import type { PendingLimits } from "./delivery/pending.ts";
import type { NatsError } from "./errors.ts";
import { isMessage, type Message } from "./message.ts";
import { headers, type HeadersInit, isHeaders, type MessageHeaders } from "./protocol/headers.ts";
import { checkQueue } from "./protocol/subject.ts";
import type { WaitOptions } from "./waiter.ts";

/** Options of `Connection.subscribe`. */
export interface SubscribeOptions {
  /** The queue group: each message goes to one of its members. */
  readonly queue?: string;
  /** Ends the subscription after this many messages. */
  readonly max?: number;
  /**
   * Called with each message, in order. Without it messages are queued until you read them.
   */
  readonly callback?: MessageCallback;
  /** How many calls of the callback may be unsettled at a time. Above 1 messages are not handled in order. @default 1 */
  readonly concurrency?: number;
  /** How much may wait, and what happens when there is no room. @default 524288 messages, 67108864 bytes, "drop-new" */
  readonly pending?: Partial<PendingLimits>;
  /**
   * Milliseconds from the call in which a first message must come; it counts even if it is dropped. If none comes, the
   * subscription ends with `TIMEOUT`: loops, batches, streams and `next()` throw it; with a callback there is an `error` event.
   * Without this option there is no limit.
   */
  readonly firstMessageTimeout?: number;
  /** Unsubscribes when it aborts. */
  readonly signal?: AbortSignal;
}

/** Options of `Connection.publish`. */
export interface PublishOptions {
  /** Made with `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /** Where receivers can respond. */
  readonly reply?: string;
}

/** Options of `Connection.request`. */
export interface RequestOptions extends WaitOptions {
  /** Made with `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /** Whether to use an inbox of its own instead of the one that all requests share. @default false */
  readonly ownInbox?: boolean;
  /**
   * What happens to the request when the link is lost: it rejects at once with `DISCONNECTED`, or it goes on waiting. A request
   * that waits and had not been sent is sent when the link is back. If it had been sent, it is not sent again, but its response
   * may still come. @default "reject"
   */
  readonly onDisconnect?: "reject" | "wait";
}

/** Options of `Connection.requestMany`. Responses are taken until the first of these limits is reached. */
export interface RequestManyOptions {
  /** Made with `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /**
   * Milliseconds from the request after which the responses end. That is no failure, unless the request could not be sent:
   * then the loop throws `TIMEOUT`. @default the connection's `requestTimeout`
   */
  readonly maxWait?: number;
  /** Milliseconds without another response after which they end, counted from the first response. */
  readonly stall?: number;
  /** The number of responses after which they end. */
  readonly maxMessages?: number;
  /** Recognizes the response that marks the end, which is not handed out; `"empty"` is one without a payload. */
  readonly sentinel?: "empty" | ((response: Message) => boolean);
  /** Ends it with an `ABORTED` error. */
  readonly signal?: AbortSignal;
}

/** Options of a drain. */
export interface DrainOptions extends WaitOptions {
  /**
   * The message or batch that the caller is handling: the drain does not wait for it, and counts it as handled. Without it a
   * handler that has awaited something, or the body of a loop, would wait for itself.
   */
  readonly handling?: Message | readonly Message[];
}

export interface ResolvedSubscribeOptions extends SubscribeOptions {
  readonly concurrency: number;
  readonly pending: PendingLimits;
}

const PENDING: Checks<PendingLimits> = {
  messages: limit,
  bytes: limit,
  onFull: oneOf("drop-new", "drop-old", "error"),
  warnAt: part,
};

export const somePendingLimits: Check<Partial<PendingLimits>> = (name, value) =>
  checkOptions(value as Partial<PendingLimits>, PENDING as Checks<Partial<PendingLimits>>, name);

// What was made already is taken as it is; received headers may hold what `headers()` would refuse.
export const someHeaders: Check<MessageHeaders> = (name, value) => {
  if (isHeaders(value)) return value;
  if (typeof value === "object" && value !== null) return headers(value as HeadersInit);
  throw wrongValue(name, "made with headers(), or a plain object", value);
};

// A callback of nats.js gets an error first: it would take each message for one.
const aCallback: Check<MessageCallback> = (name, value) => {
  const callback = aFunction(name, value) as MessageCallback;
  if (callback.length <= 1) return callback;
  throw invalidOption(name, `it gets one argument, the message, and takes ${callback.length}`);
};

const aQueue: Check<string> = (_name, value) => {
  checkQueue(value as string);
  return value as string;
};

const SUBSCRIBE: Checks<SubscribeOptions> = {
  queue: aQueue,
  max: count,
  callback: aCallback,
  concurrency: count,
  pending: somePendingLimits,
  firstMessageTimeout: milliseconds,
  signal: aSignal,
};

/** Throws `INVALID_OPTION` or `INVALID_QUEUE`. */
export function resolveSubscribeOptions(
  given: SubscribeOptions,
  pending: PendingLimits,
  former?: FormerNames,
): ResolvedSubscribeOptions {
  if (typeof given === "function") {
    throw invalidOption("options", "a function is passed by name: subscribe(subject, { callback })");
  }
  const options = checkOptions(given, SUBSCRIBE, undefined, former);
  if (options.concurrency !== undefined && options.callback === undefined) {
    throw invalidOption("concurrency", "it needs a callback");
  }
  // An empty name means no group, as in nats.go.
  const { queue, ...rest } = options;
  const group = queue === undefined || queue === "" ? {} : { queue };
  // Most subscriptions share the limits of the connection.
  const limits = options.pending === undefined ? pending : { ...pending, ...options.pending };
  return { concurrency: 1, ...rest, ...group, pending: limits };
}

/** As given, with `headers` made of what they were given as. */
export type Checked<T extends { readonly headers?: HeadersInit }> = Omit<T, "headers"> & {
  readonly headers?: MessageHeaders;
};

const PUBLISH: Checks<PublishOptions> = { headers: someHeaders, reply: aString };

const REQUEST: Checks<RequestOptions> = {
  timeout: milliseconds,
  signal: aSignal,
  headers: someHeaders,
  ownInbox: aBoolean,
  onDisconnect: oneOf("reject", "wait"),
};

const aSentinel: Check<NonNullable<RequestManyOptions["sentinel"]>> = (name, value) => {
  if (value === "empty" || typeof value === "function") return value as "empty";
  throw invalidOption(name, 'it must be a function or "empty"');
};

const REQUEST_MANY: Checks<RequestManyOptions> = {
  headers: someHeaders,
  maxWait: milliseconds,
  stall: milliseconds,
  maxMessages: count,
  sentinel: aSentinel,
  signal: aSignal,
};

const someMessages: Check<Message | readonly Message[]> = (name, value) => {
  const messages: unknown[] = Array.isArray(value) ? value : [value];
  if (messages.every(isMessage)) return value as Message | readonly Message[];
  throw invalidOption(name, "it must be a message, or an array of messages");
};

const DRAIN: Checks<DrainOptions> = { timeout: milliseconds, signal: aSignal, handling: someMessages };

const WAIT: Checks<WaitOptions> = { timeout: milliseconds, signal: aSignal };

export function checkPublishOptions(given: PublishOptions, former?: FormerNames): Checked<PublishOptions> {
  return checkOptions(given, PUBLISH, undefined, former) as Checked<PublishOptions>;
}

export function checkRequestOptions(given: RequestOptions, former?: FormerNames): Checked<RequestOptions> {
  return checkOptions(given, REQUEST, undefined, former) as Checked<RequestOptions>;
}

export function checkRequestManyOptions(
  given: RequestManyOptions,
  former?: FormerNames,
): Checked<RequestManyOptions> {
  return checkOptions(given, REQUEST_MANY, undefined, former) as Checked<RequestManyOptions>;
}

export function checkWait(given: WaitOptions): WaitOptions {
  return checkOptions(given, WAIT);
}

export function checkDrain(given: DrainOptions): DrainOptions {
  return checkOptions(given, DRAIN);
}

/** What {@link checkWait} would throw, for a call that rejects and is no async function. */
export function wrongWait(given: WaitOptions): NatsError | undefined {
  try {
    checkWait(given);
    return undefined;
  } catch (thrown) {
    return thrown as NatsError;
  }
}

export function checkCount(name: string, value: unknown): number {
  return count(name, value);
}

/** Limits with what `given` changes of `current`. */
export function checkPendingLimits(given: Partial<PendingLimits>, current: PendingLimits): PendingLimits {
  return { ...current, ...checkOptions(given, PENDING as Checks<Partial<PendingLimits>>) };
}

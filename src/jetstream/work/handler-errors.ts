import {
  AbortError,
  isNatsError,
  type NatsError,
  SubscriptionError,
  TimeoutError,
  toError,
} from "../../core/errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** The error of an event for what a handler threw; `fault` is what a function of the retry options threw. */
export function handlerFailed(
  message: JetStreamMessage,
  thrown: unknown,
  fault: Error | undefined,
): SubscriptionError {
  const { subject } = message;
  const cause = toError(thrown);
  const beside = fault === undefined ? "" : `; and so did a function of its retry options: ${fault.message}`;
  const text = `the handler of message ${message.seq} on "${subject}" failed: ${cause.message}${beside}`;
  return new SubscriptionError("HANDLER_FAILED", text, { subject, cause });
}

/** A handler has ended well, and its message comes again all the same. */
export function ackNotSent({ subject, seq }: JetStreamMessage, cause: NatsError): SubscriptionError {
  const text = `message ${seq} on "${subject}" was handled, but its ack can't be sent, and it comes again: ${cause.message}`;
  return new SubscriptionError("HANDLER_FAILED", text, { subject, cause });
}

/** A handler has not ended within the time of `keepAlive`. */
export function handlerOverdue(message: JetStreamMessage, elapsed: number): TimeoutError {
  const { subject, seq } = message;
  const text = `the handler of message ${seq} on "${subject}" has not ended after ${Math.round(elapsed)} ms`;
  return new TimeoutError(text, { subject, elapsed: Math.round(elapsed) });
}

/** The work is over: why the signals of handlers abort that are still at work. */
export function workEnded(): AbortError {
  return new AbortError("the work has ended while this handler was at work");
}

/** A message is to be given up, and its dead letter could not be kept. */
export function letterNotKept(
  message: JetStreamMessage,
  cause: Error,
  why: string | undefined,
): SubscriptionError {
  const { subject, seq } = message;
  const after = why === undefined ? "" : ` after ${why}`;
  const text = `the dead letter of message ${seq} on "${subject}" could not be kept${after}: ${cause.message}`;
  return new SubscriptionError("HANDLER_FAILED", text, { subject, cause });
}

/** What was thrown, in a line. */
export function textOf(thrown: unknown): string {
  const { name, message } = toError(thrown);
  return name === "Error" ? message : `${name}: ${message}`;
}

/** Whether the schema refuses the message's value: of a batch, nobody knows which message an error is about. */
export function hasInvalidValue(message: JetStreamMessage): boolean {
  if (message.schema === undefined) return false;
  try {
    void message.value;
    return false;
  } catch (thrown) {
    return isNatsError(thrown, "INVALID_VALUE");
  }
}

import { type NatsError, SubscriptionError, TimeoutError } from "../errors.ts";
import type { PendingLimits } from "./pending.ts";

/** `onFull: "error"`, and there is no room. */
export function slowConsumer(subject: string, { messages, bytes }: PendingLimits): SubscriptionError {
  const text = `the subscription to "${subject}" can't keep up: more than ${messages} messages or ${bytes} bytes wait`;
  return new SubscriptionError("SLOW_CONSUMER", text, { subject });
}

/** The first message has not come in time. */
export function silent(subject: string, timeout: number): TimeoutError {
  const text = `no message came for the subscription to "${subject}" within ${timeout} ms`;
  return new TimeoutError(text, { subject, elapsed: timeout });
}

/** There is no further message. */
export function allDelivered(subject: string, max: number): SubscriptionError {
  const text = `all ${max} messages of the subscription to "${subject}" were delivered`;
  return new SubscriptionError("MAX_MESSAGES_DELIVERED", text, { subject });
}

/** It was ended, and is read nevertheless. */
export function hasEnded(subject: string): SubscriptionError {
  return new SubscriptionError("SUBSCRIPTION_CLOSED", `the subscription to "${subject}" has ended`, {
    subject,
  });
}

/** It is to be read, and a callback takes its messages. */
export function hasCallback(subject: string): SubscriptionError {
  const text = `the subscription to "${subject}" hands its messages to a callback`;
  return new SubscriptionError("SUBSCRIPTION_HAS_CALLBACK", text, { subject });
}

/** What loops end with: nothing if the connection closed because the application asked for it. */
export function failureOf(error: NatsError | undefined): NatsError | undefined {
  return error?.code === "CONNECTION_CLOSED" && error.cause === undefined ? undefined : error;
}

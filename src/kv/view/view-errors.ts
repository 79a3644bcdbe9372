import { SubscriptionError } from "../../core/errors.ts";
import type { ConsumingClosed } from "../../jetstream/consume/events.ts";
import { KvError } from "../errors.ts";

export function viewTooLarge(bucket: string, keys: number, maxBytes: number): KvError {
  const text = `the view of bucket "${bucket}" takes more than ${maxBytes} bytes, with ${keys} keys: ask for fewer, or raise maxBytes`;
  return new KvError("VIEW_TOO_LARGE", text, { bucket });
}

/** The application has ended what feeds the view. */
export function viewEnded(bucket: string, reason: ConsumingClosed["reason"]): SubscriptionError {
  const how = reason === "drained" ? "drained" : "closed";
  const text = `the view of bucket "${bucket}" has ended: the connection was ${how}`;
  return new SubscriptionError("SUBSCRIPTION_CLOSED", text);
}

export function viewDisposed(bucket: string): SubscriptionError {
  return new SubscriptionError("SUBSCRIPTION_CLOSED", `the view of bucket "${bucket}" was disposed`);
}

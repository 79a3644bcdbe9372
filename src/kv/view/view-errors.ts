import { SubscriptionError } from "../../core/errors.ts";
import { KvError } from "../errors.ts";

export function viewTooLarge(bucket: string, keys: number, maxBytes: number): KvError {
  const text = `the view of bucket "${bucket}" takes more than ${maxBytes} bytes, with ${keys} keys: ask for fewer, or raise maxBytes`;
  return new KvError("VIEW_TOO_LARGE", text, { bucket });
}

export function viewDisposed(bucket: string): SubscriptionError {
  return new SubscriptionError("SUBSCRIPTION_CLOSED", `the view of bucket "${bucket}" was disposed`);
}

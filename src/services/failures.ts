import { NatsError, SubscriptionError, toError } from "../core/errors.ts";
import "./errors.ts";

/** The service has stopped. A call on it throws this, and it is the reason when the signals of its requests abort. */
export function stopped(service: string): NatsError<"SERVICE_STOPPED"> {
  return new NatsError("SERVICE_STOPPED", `the service "${service}" has stopped`);
}

/** The endpoint was removed. It is the reason when the signals of its requests abort. */
export function removed(subject: string): NatsError<"SERVICE_STOPPED"> {
  return new NatsError("SERVICE_STOPPED", `the endpoint on "${subject}" was removed`, { subject });
}

/** One request has one answer. */
export function alreadyResponded(subject: string): NatsError<"ALREADY_RESPONDED"> {
  return new NatsError("ALREADY_RESPONDED", `the request on "${subject}" has been answered`, { subject });
}

/** A handler or its middleware threw or rejected. */
export function handlerFailed(endpoint: string, subject: string, thrown: unknown): SubscriptionError {
  const cause = toError(thrown);
  const text = `the handler of the endpoint "${endpoint}" failed: ${cause.message}`;
  return new SubscriptionError("HANDLER_FAILED", text, { subject, cause });
}

/** The service's `statsHandler` failed, or there is no JSON of what it gave. */
export function statsFailed(endpoint: string, thrown: unknown): SubscriptionError {
  const cause = toError(thrown);
  const text = `the statsHandler failed for the endpoint "${endpoint}": ${cause.message}`;
  return new SubscriptionError("HANDLER_FAILED", text, { cause });
}

/** An endpoint refuses requests, and nobody listens for `overloaded` events. */
export function overloaded(endpoint: string, subject: string): SubscriptionError {
  const text = `the endpoint "${endpoint}" can't keep up: requests are answered with 503`;
  return new SubscriptionError("SLOW_CONSUMER", text, { subject });
}

import {
  aSignal,
  type Check,
  type Checks,
  checkOptions,
  invalidOption,
  milliseconds,
  shown,
} from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { isRequest, type ServiceRequest } from "./endpoint/service-request.ts";

/** How a service is stopped, or an endpoint removed. */
export interface StopOptions extends WaitOptions {
  /**
   * The request that the caller is handling: it is not waited for, and counts as handled. A handler needs it after its first
   * `await`, or it would wait for itself.
   */
  readonly handling?: ServiceRequest;
}

const aRequest: Check<ServiceRequest> = (name, value) => {
  if (isRequest(value)) return value;
  throw invalidOption(name, `it must be a request of the service, not ${shown(value)}`);
};

const STOP: Checks<StopOptions> = { timeout: milliseconds, signal: aSignal, handling: aRequest };

export function checkStop(given: StopOptions): StopOptions {
  return checkOptions(given, STOP);
}

import { aSignal, type Check, type Checks, checkOptions, milliseconds, wrongValue } from "../core/checks.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { isRequest, type ServiceRequest } from "./endpoint/service-request.ts";

/** Options of `Service.stop` and `Endpoint.remove`. */
export interface StopOptions extends WaitOptions {
  /**
   * The request that the caller is handling. It is not waited for, and counts as handled. A handler must name it after its first
   * `await`, or it waits for itself.
   */
  readonly handling?: ServiceRequest;
}

const aRequest: Check<ServiceRequest> = (name, value) => {
  if (isRequest(value)) return value;
  throw wrongValue(name, "a request of the service", value);
};

const STOP: Checks<StopOptions> = { timeout: milliseconds, signal: aSignal, handling: aRequest };

export function checkStop(given: StopOptions): StopOptions {
  return checkOptions(given, STOP);
}

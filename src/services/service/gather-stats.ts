import { type NatsError, toError } from "../../core/errors.ts";
import { isPromiseLike } from "../../core/is-promise-like.ts";
import { Waiter } from "../../core/waiter.ts";
import { writeExactly } from "../../core/write-exactly.ts";
import type { OpenEndpoint } from "../endpoint/open-endpoint.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { statsFailed } from "../failures.ts";
import type { EndpointStats } from "../info.ts";

/** Milliseconds: whoever asks for stats waits for a few seconds only. */
const DATA_TIMEOUT = 2000;

/** What the gathering of stats needs of its service. */
export interface StatsHost {
  readonly statsHandler: ((endpoint: Endpoint) => unknown) | undefined;
  onStatsFailed(endpoint: Endpoint, error: NatsError): void;
}

/** What an endpoint has counted, with the data of the service's `statsHandler`. If that fails, the data are left out. */
export async function gatherStats(
  open: Pick<OpenEndpoint, "endpoint" | "counters">,
  host: StatsHost,
): Promise<EndpointStats> {
  const { endpoint } = open;
  // The data may take a while, so the counters are read after it.
  const data = host.statsHandler === undefined ? undefined : await dataOf(endpoint, host.statsHandler, host);
  const { requests, errors, lastError, processingTime, averageProcessingTime } = open.counters;
  return {
    name: endpoint.name,
    subject: endpoint.subject,
    ...(endpoint.queue === undefined ? {} : { queue: endpoint.queue }),
    numRequests: requests,
    numErrors: errors,
    ...(lastError === undefined ? {} : { lastError }),
    processingTime,
    averageProcessingTime,
    ...(data === undefined ? {} : { data }),
  };
}

async function dataOf(
  endpoint: Endpoint,
  handler: (endpoint: Endpoint) => unknown,
  host: StatsHost,
): Promise<unknown> {
  try {
    const data = await inTime(handler(endpoint), endpoint);
    if (data !== undefined && (writeExactly(data) as string | undefined) === undefined) {
      throw new TypeError(`there is no JSON of ${typeof data}`);
    }
    return data;
  } catch (thrown) {
    host.onStatsFailed(endpoint, statsFailed(endpoint.name, toError(thrown)));
    return undefined;
  }
}

async function inTime(data: unknown, { subject }: Endpoint): Promise<unknown> {
  if (!isPromiseLike(data)) return data;
  const wait = new Waiter<unknown>({ timeout: DATA_TIMEOUT }, { what: "the data of stats", subject });
  const settling = Promise.resolve(data);
  settling.then(
    (value) => wait.resolve(value),
    // After the time is up nobody waits for it, and a rejection must not become an unhandled one.
    () => wait.resolve(settling),
  );
  return await wait.promise;
}

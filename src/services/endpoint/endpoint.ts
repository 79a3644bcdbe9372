import type { DrainReport } from "../../core/delivery/drain-report.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Metadata } from "../names.ts";
import { checkStop, type StopOptions } from "../stop-options.ts";

/** What an {@link Endpoint} is made of. */
interface EndpointFacts {
  readonly name: string;
  readonly subject: string;
  readonly queue: string | undefined;
  readonly metadata: Metadata;
}

/** Where a service takes requests, as `service.endpoint()` makes it. */
export class Endpoint {
  readonly name: string;
  /** The whole subject, with those of its groups. */
  readonly subject: string;
  /** The queue group that shares the requests; undefined if everybody gets each. */
  readonly queue: string | undefined;
  readonly metadata: Metadata;
  readonly #remove: (options: StopOptions) => Promise<DrainReport>;

  /** @internal */
  constructor(facts: EndpointFacts, remove: (options: StopOptions) => Promise<DrainReport>) {
    this.name = facts.name;
    this.subject = facts.subject;
    this.queue = facts.queue;
    this.metadata = facts.metadata;
    this.#remove = remove;
  }

  /**
   * Removes the endpoint: it takes no more requests, and answers those that have come. From the call on it is in no list. Without a
   * `timeout` or a `signal` it waits for as long as that takes. When they end the wait, requests in the queue are answered with 503,
   * and the signals of requests that are being handled abort. A second call gets the report of the first, and its limits hold, too.
   *
   * Rejects with `INVALID_OPTION`.
   */
  async remove(options: StopOptions = {}): Promise<DrainReport> {
    return await this.#remove(checkStop(options));
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { name, subject, queue, metadata } = this;
    return inspected("Endpoint", { name, subject, queue, metadata }, depth, options, inspect);
  }
}

import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import type { DrainReport } from "../../core/delivery/drain-report.ts";
import type { NatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import { drainOptions } from "../endpoint/open-endpoint.ts";
import type { ServiceEvent, ServiceEventListener, ServiceEventType } from "../events.ts";
import type { ServiceInfo, ServiceStats } from "../info.ts";
import { checkStop, type StopOptions } from "../stop-options.ts";
import { Group } from "./group.ts";
import type { ServiceLife } from "./service-life.ts";

/** A service that can be found, as `services(nc).add()` makes it. To dispose it stops it, within the connection's `disposeTimeout`. */
export class Service extends Group implements AsyncDisposable {
  readonly #life: ServiceLife;

  /** @internal */
  constructor(life: ServiceLife) {
    super(life, { group: "", queue: life.queue });
    this.#life = life;
  }

  /** Its identity and its endpoints, as discovery tells them. */
  get info(): ServiceInfo {
    return this.#life.info;
  }

  /** What its endpoints have counted, as discovery tells it. */
  async stats(): Promise<ServiceStats> {
    return await this.#life.stats();
  }

  /** Sets the counters of all endpoints to 0, and `started` to now. */
  reset(): void {
    this.#life.reset();
  }

  /**
   * Stops the service: it takes no more requests, answers those that have come, and then can't be found any more. Without a `timeout`
   * or a `signal` it waits for as long as that takes. When they end the wait, requests in the queue are answered with 503, and the
   * signals of requests that are being handled abort. A second call gets the report of the first, and its limits hold, too.
   *
   * A handler that stops its own service does not wait for itself. After its first `await` it must name its request with `handling`.
   *
   * Rejects with `INVALID_OPTION`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { services } from "natspeed/services";
   *
   * const nc = await connect();
   * const service = await services(nc).add({ name: "clock", version: "1.0.0" });
   * service.endpoint("time", () => new Date().toISOString());
   * const { handled, abandoned } = await service.stop({ timeout: 5000 });
   * console.log(handled, abandoned);
   * await nc.close();
   * ```
   */
  async stop(options: StopOptions = {}): Promise<DrainReport> {
    return await this.#life.stop(drainOptions(checkStop(options)));
  }

  /**
   * Resolves when the service has ended. It resolves with the reason unless the application asked for the end: an error closed the
   * connection, or the server refuses the subjects by which the service is found. A failure of an endpoint does not end the service.
   * Never rejects.
   */
  get stopped(): Promise<NatsError | undefined> {
    return this.#life.ended;
  }

  /**
   * Calls `listener` with each event of a type; returns a function that removes it. A listener gets events in order, one at a time:
   * if it returns a promise, that is awaited before the next event. Up to 1,024 events wait for it; a `missed` event counts those
   * that it did not get. A failure to which nobody listens is an `error` event of the connection. Throws `INVALID_OPTION` for an
   * unknown type.
   */
  on<K extends ServiceEventType>(type: K, listener: ServiceEventListener<K>): () => void {
    return this.#life.events.on(type, listener);
  }

  /** All events from now on, until the service ends; a `missed` event counts those that a slow reader did not get. */
  events(): AsyncSequence<ServiceEvent> {
    return this.#life.events.read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#life.stop({ timeout: this.#life.disposeTimeout });
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("Service", { ...this.info }, depth, options, inspect);
  }
}

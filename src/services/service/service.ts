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

/** A service that can be found, as `services(nc).add()` makes it. Disposing stops it, within the connection's `disposeTimeout`. */
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

  /** What its endpoints have counted, as whoever asks gets it. */
  async stats(): Promise<ServiceStats> {
    return await this.#life.stats();
  }

  /** Sets the counters of all endpoints back, and `started` to now. */
  reset(): void {
    this.#life.reset();
  }

  /**
   * Takes no more requests, waits until those that are here are answered, and then can't be found any more. Without a
   * `timeout` or a `signal` that takes as long as it takes; when they end it, requests that wait are answered with 503, and
   * the signals of those that are being handled abort. A second call gets the report of the first, and its limits hold too.
   *
   * A handler whose call has not returned yet is not waited for; name its request with `handling` after the first `await`.
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
   * Resolves at the end, with the reason unless the application asked for it: the connection was closed by an error, or the
   * server refuses the subjects by which the service is found. What fails in an endpoint does not end it. Never rejects.
   */
  get stopped(): Promise<NatsError | undefined> {
    return this.#life.ended;
  }

  /**
   * Calls `listener` for each event of a type; returns what removes it. A listener hears events in order and one at a time: a
   * promise that it returns is awaited before it hears the next. More than 1,024 events don't wait for it: a `missed` event
   * counts those that it did not hear. What nobody listens to is an `error` event of the connection. Throws `INVALID_OPTION`
   * for a type that there is not.
   */
  on<K extends ServiceEventType>(type: K, listener: ServiceEventListener<K>): () => void {
    return this.#life.events.on(type, listener);
  }

  /** All events from now on, until the end; a `missed` event counts those that a slow reader did not get. */
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

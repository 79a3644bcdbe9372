import type { DrainOptions } from "../../core/call-options.ts";
import type { Connection } from "../../core/connection/connection.ts";
import { type DrainReport, messagesInHand } from "../../core/delivery/drain-report.ts";
import { copyOf, withStackOfCaller } from "../../core/caller-stack.ts";
import { failureOf } from "../../core/delivery/subscription-errors.ts";
import type { ConnectionError, NatsError } from "../../core/errors.ts";
import { invalidOption } from "../../core/invalid-option.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import { Waiter, type WaitOptions } from "../../core/waiter.ts";
import { Verbs } from "../discovery/verbs.ts";
import { infoToWire, pingToWire, statsToWire } from "../discovery/wire.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import type { ResolvedEndpoint } from "../endpoint/endpoint-options.ts";
import { type EndpointHost, OpenEndpoint } from "../endpoint/open-endpoint.ts";
import { ServiceEvents } from "../events.ts";
import { stopped } from "../failures.ts";
import type { ServiceIdentity, ServiceInfo, ServiceStats } from "../info.ts";
import { gatherStats } from "./gather-stats.ts";
import type { ResolvedService } from "./service-options.ts";

/** active: it takes requests. stopping: it takes no more, and answers those that have come. stopped: it can't be found any more. */
type ServicePhase = "active" | "stopping" | "stopped";

const MOVES: Readonly<Record<ServicePhase, readonly ServicePhase[]>> = {
  active: ["stopping", "stopped"],
  stopping: ["stopped"],
  stopped: [],
};

/** Milliseconds for the handlers when a service stops because the server refuses its verbs: no caller sets a limit then. */
const FAILED_TIMEOUT = 30_000;

/** The life of a service, from its first subscription to its end. */
export class ServiceLife {
  readonly identity: ServiceIdentity;
  readonly events: ServiceEvents;
  /** What its endpoints inherit. */
  readonly queue: string | undefined;
  readonly #config: ResolvedService;
  readonly #connection: Connection;
  readonly #verbs: Verbs;
  readonly #endpointHost: EndpointHost;
  readonly #leaveConnection: () => void;
  /** In the order in which they were made. */
  readonly #endpoints = new Set<OpenEndpoint>();
  /** Endpoints that were removed and still have requests to answer. */
  readonly #leaving = new Set<OpenEndpoint>();
  readonly #ended = new Waiter<NatsError | undefined>({}, { what: "the end of the service" });
  #started = new Date();
  #phase: ServicePhase = "active";
  #stop: Promise<DrainReport> | undefined;
  #failure: NatsError | undefined;

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  constructor(connection: Connection, prefix: string, config: ResolvedService) {
    const { name, version, metadata, middleware } = config;
    this.#connection = connection;
    this.#config = config;
    this.queue = config.queue;
    this.identity = { name, id: new UniqueIds().next(), version, metadata };
    this.events = new ServiceEvents((error) => connection.foundation.report(error));
    this.#endpointHost = {
      connection,
      middleware,
      isClosed: () => connection.state === "closed",
      emit: (event) => this.events.emit(event),
      onLeaving: (endpoint) => this.#onLeaving(endpoint),
      onGone: (endpoint, error) => this.#onGone(endpoint, error),
    };
    this.#leaveConnection = connection.foundation.join({
      drain: (options) => this.#drainWithConnection(options),
      onClosed: (error) => this.#onClosed(error),
    });
    try {
      this.#verbs = this.#newVerbs(prefix);
    } catch (thrown) {
      this.#leaveConnection();
      throw thrown;
    }
  }

  #newVerbs(prefix: string): Verbs {
    return new Verbs({
      connection: this.#connection,
      prefix,
      ...this.identity,
      answers: {
        PING: () => pingToWire(this.identity),
        INFO: () => infoToWire(this.info),
        STATS: async () => statsToWire(await this.stats()),
      },
      onUnanswered: (error) => this.#onError(undefined, error),
      onDenied: (error) => this.#fail(error),
    });
  }

  /** Resolves once the service can be found. If it can't, it ends, and this rejects with the reason. */
  async found(limits: WaitOptions): Promise<void> {
    try {
      await this.#connection.flush(limits);
      const denial = await this.#verbs.denial();
      if (denial !== undefined) throw withStackOfCaller(copyOf(denial));
    } catch (error) {
      this.#end(undefined);
      throw error;
    }
  }

  /** Resolves when the service has ended: with the reason, unless the application asked for it. */
  get ended(): Promise<NatsError | undefined> {
    return this.#ended.promise;
  }

  get disposeTimeout(): number {
    return this.#verbs.disposeTimeout;
  }

  get info(): ServiceInfo {
    const endpoints = Array.from(this.#endpoints, ({ endpoint: { name, subject, queue, metadata } }) => ({
      name,
      subject,
      ...(queue === undefined ? {} : { queue }),
      metadata,
    }));
    return { ...this.identity, description: this.#config.description, endpoints };
  }

  async stats(): Promise<ServiceStats> {
    const started = this.#started;
    const host = {
      statsHandler: this.#config.statsHandler,
      onStatsFailed: (endpoint: Endpoint, error: NatsError) => this.#onError(endpoint, error),
    };
    const endpoints = await Promise.all(Array.from(this.#endpoints, (open) => gatherStats(open, host)));
    return { ...this.identity, started, endpoints };
  }

  reset(): void {
    this.#started = new Date();
    for (const { counters } of this.#endpoints) counters.reset();
  }

  /** Throws `SERVICE_STOPPED`, `INVALID_OPTION`, and what `subscribe` throws. */
  add(options: ResolvedEndpoint): Endpoint {
    if (this.#phase !== "active") throw stopped(this.identity.name);
    this.#refuseTwin(options);
    const open = new OpenEndpoint(options, this.#endpointHost);
    this.#endpoints.add(open);
    return open.endpoint;
  }

  /** Two endpoints of one subject and queue group would each get half of the requests. */
  #refuseTwin({ subject, queue }: ResolvedEndpoint): void {
    for (const { endpoint } of this.#endpoints) {
      if (endpoint.subject !== subject || endpoint.queue !== queue) continue;
      const { name } = this.identity;
      const text = `the endpoint "${endpoint.name}" of the service "${name}" has the subject "${subject}" already: remove() it first, or give this one another subject`;
      throw invalidOption("subject", text);
    }
  }

  /** Stops the endpoints first, then the verbs: until the last request is answered the service can be found. */
  stop(options: DrainOptions): Promise<DrainReport> {
    const spared = messagesInHand(options.handling);
    for (const open of this.#open) open.spare(spared);
    // A later call may have a shorter limit.
    if (this.#stop !== undefined && this.#phase === "stopping") void this.#drainAll(options);
    return (this.#stop ??= this.#drain(options));
  }

  async #drain(options: DrainOptions): Promise<DrainReport> {
    this.#move("stopping");
    const report = await this.#drainAll(options);
    this.#end(this.#failure);
    return report;
  }

  async #drainAll({ handling, timeout, signal }: DrainOptions): Promise<DrainReport> {
    const deadline = timeout === undefined ? undefined : performance.now() + timeout;
    const limits = (): WaitOptions => ({
      ...(deadline === undefined ? {} : { timeout: Math.max(0, deadline - performance.now()) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const reason = stopped(this.identity.name);
    const reports = await Promise.all(
      this.#open.map((open) =>
        open.drain(handling === undefined ? limits() : { ...limits(), handling }, reason),
      ),
    );
    return total(reports, await this.#endVerbs(limits()));
  }

  get #open(): readonly OpenEndpoint[] {
    return [...this.#endpoints, ...this.#leaving];
  }

  /** Resolves with whether that ended in time. */
  async #endVerbs(limits: WaitOptions): Promise<boolean> {
    return this.#connection.state === "closed" ? true : await this.#verbs.drain(limits);
  }

  /** The connection itself counts the messages of the endpoints' subscriptions. */
  async #drainWithConnection(options: DrainOptions): Promise<DrainReport> {
    const { timedOut, complete } = await this.stop(options);
    return { handled: 0, abandoned: 0, timedOut, complete };
  }

  #onClosed(error: ConnectionError): void {
    this.#end(this.#failure ?? failureOf(error));
  }

  #onLeaving(open: OpenEndpoint): void {
    if (this.#endpoints.delete(open)) this.#leaving.add(open);
  }

  #onGone(open: OpenEndpoint, error: NatsError | undefined): void {
    this.#endpoints.delete(open);
    this.#leaving.delete(open);
    if (error !== undefined) this.#onError(open.endpoint, error);
  }

  #onError(endpoint: Endpoint | undefined, error: NatsError): void {
    this.events.emit({ type: "error", endpoint, error });
  }

  /** The server refuses a verb: the service can't be found as it should. */
  #fail(error: NatsError): void {
    if (this.#phase !== "active") return;
    this.#failure = error;
    void this.stop({ timeout: FAILED_TIMEOUT });
  }

  #end(reason: NatsError | undefined): void {
    if (!this.#move("stopped")) return;
    this.#leaveConnection();
    this.#verbs.end();
    this.events.finish();
    this.#ended.resolve(reason);
  }

  #move(to: ServicePhase): boolean {
    if (!MOVES[this.#phase].includes(to)) return false;
    this.#phase = to;
    return true;
  }
}

function total(reports: readonly DrainReport[], inTime: boolean): DrainReport {
  return {
    handled: reports.reduce((sum, { handled }) => sum + handled, 0),
    abandoned: reports.reduce((sum, { abandoned }) => sum + abandoned, 0),
    timedOut: !inTime || reports.some(({ timedOut }) => timedOut),
    complete: reports.every(({ complete }) => complete),
  };
}

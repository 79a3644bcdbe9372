import { checkOptions, type Checks, wrongValue } from "../core/checks.ts";
import { checkWait } from "../core/call-options.ts";
import type { Connection } from "../core/connection/connection.ts";
import type { AsyncSequence } from "../core/delivery/async-sequence.ts";
import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import type { Message, Payload } from "../core/message.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { CALL, call, type CallOptions } from "./client/call.ts";
import { type Client, type ClientOptions, makeClient } from "./client/client.ts";
import { discover, type DiscoveryOptions } from "./discovery/discover.ts";
import { infoFromWire, pingFromWire, statsFromWire } from "./discovery/wire.ts";
import type { Contract } from "./endpoint/contract.ts";
import type { ServiceIdentity, ServiceInfo, ServiceStats } from "./info.ts";
import { aPrefix } from "./names.ts";
import { Service } from "./service/service.ts";
import { ServiceLife } from "./service/service-life.ts";
import { resolveService, type ServiceConfig } from "./service/service-options.ts";

/** Options of {@link services}. */
export interface ServicesOptions {
  /** The beginning of discovery's subjects, for services that another account exports. @default "$SRV" */
  readonly prefix?: string;
}

const SERVICES: Checks<ServicesOptions> = { prefix: aPrefix };

const DEFAULT_PREFIX = "$SRV";

/**
 * Services over a connection: to offer, to find and to call them. The call asks the server for nothing and is cheap: make it
 * wherever you need it. Throws `INVALID_OPTION`.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { services } from "natspeed/services";
 *
 * const nc = await connect();
 * const service = await services(nc).add({ name: "prices", version: "1.0.0" });
 * service.endpoint("quote", (request) => ({ item: request.string(), price: 5 }));
 * console.log((await services(nc).request("quote", "coffee")).json());
 * for await (const { name, id } of services(nc).ping()) console.log(name, id);
 * await nc.drain();
 * ```
 */
export function services(nc: Connection, options: ServicesOptions = {}): Services {
  if (typeof (nc as Partial<Connection> | undefined)?.subscribe !== "function")
    throw wrongValue("nc", "a connection", nc);
  const { prefix = DEFAULT_PREFIX } = checkOptions(options, SERVICES);
  return new Services(nc, prefix);
}

/** Offers, finds and calls services. */
export class Services {
  readonly #connection: Connection;
  readonly #prefix: string;

  /** @internal */
  constructor(connection: Connection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /**
   * Makes a service. Resolves once it can be found, after a round trip to the server. Add its endpoints then.
   *
   * Rejects with `INVALID_OPTION`; with `SUBSCRIBE_DENIED` if the server refuses the subjects by which services are found; and with
   * `TIMEOUT` (after 10 s by default), `ABORTED`, `DISCONNECTED`, `CONNECTION_DRAINING` or `CONNECTION_CLOSED`. Then there is no
   * service.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { services } from "natspeed/services";
   *
   * const nc = await connect();
   * await using service = await services(nc).add({ name: "stock", version: "1.2.0", metadata: { region: "eu" } });
   * const v1 = service.group("v1", { queue: "v1" });
   * v1.endpoint("pieces", () => ({ pieces: 7 }));
   * console.log(service.info.endpoints.map(({ subject }) => subject)); // [ 'v1.pieces' ]
   * await nc.drain();
   * ```
   */
  async add(config: ServiceConfig, options: WaitOptions = {}): Promise<Service> {
    const resolved = resolveService(config);
    const limits = checkWait(options);
    const life = new ServiceLife(this.#connection, this.#prefix, resolved);
    await life.found(limits);
    return new Service(life);
  }

  /**
   * Asks which services there are; the loop ends when no further answer comes. Without services it is empty. An answer that can't be
   * read is passed over, and is an `error` event of the connection. Throws `INVALID_OPTION`; the loop throws as that of
   * `requestMany` does.
   */
  ping(options: DiscoveryOptions = {}): AsyncSequence<ServiceIdentity> {
    return discover(this.#connection, this.#prefix, "PING", options, pingFromWire);
  }

  /** As {@link ping}, with the endpoints of each service. */
  info(options: DiscoveryOptions = {}): AsyncSequence<ServiceInfo> {
    return discover(this.#connection, this.#prefix, "INFO", options, infoFromWire);
  }

  /** As {@link ping}, with what the endpoints of each service have counted. */
  stats(options: DiscoveryOptions = {}): AsyncSequence<ServiceStats> {
    return discover(this.#connection, this.#prefix, "STATS", options, statsFromWire);
  }

  /**
   * As `nc.request`, but when a service answers with an error it rejects with `SERVICE_ERROR`. Rejects otherwise as `nc.request` does.
   */
  async request(subject: string, data?: Payload, options?: CallOptions): Promise<Message> {
    const checked = options === undefined ? undefined : checkOptions(options, CALL);
    return await call(this.#connection, subject, data, checked);
  }

  /**
   * The endpoints of a contract as functions, typed and checked by its schemas. Each rejects as {@link request} does, and with
   * `INVALID_VALUE` for a value that its schema refuses. Throws `INVALID_OPTION`, and `INVALID_SUBJECT` for a subject with wildcards.
   *
   * @example
   * ```ts
   * import { connect, json, text } from "natspeed";
   * import { type Contract, services } from "natspeed/services";
   *
   * const Prices = {
   *   quote: { subject: "prices.quote", request: text, response: json<{ price: number }>() },
   * } satisfies Contract;
   *
   * const nc = await connect();
   * const service = await services(nc).add({ name: "prices", version: "1.0.0" });
   * service.endpoint("quote", (request) => ({ price: request.value.length }), Prices.quote);
   * const prices = services(nc).client(Prices, { timeout: 1000 });
   * console.log((await prices.quote("coffee")).price);
   * await nc.drain();
   * ```
   */
  client<C extends Contract>(contract: C, options: ClientOptions = {}): Client<C> {
    return makeClient(this.#connection, contract, options);
  }

  /** What `console.log` shows. @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { server, state } = this.#connection;
    return inspected("Services", { server, state, prefix: this.#prefix }, depth, options, inspect);
  }
}

import { checkOptions, type Checks } from "../../core/checks.ts";
import type { Schema } from "../../core/values/schema.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import {
  type EndpointOptions,
  type GroupOptions,
  type Inherited,
  queueOf,
  resolveEndpoint,
  type ServiceHandler,
} from "../endpoint/endpoint-options.ts";
import { aGroup, aQueue, within } from "../names.ts";
import type { ServiceLife } from "./service-life.ts";

const GROUP: Checks<GroupOptions> = { queue: aQueue };

const FORMER_NAMES = { queueGroup: '"queue"', queueGroupDisabled: '"queue", as in queue: false' };

/** Where endpoints are added: a service, or a group of one. */
export class Group {
  readonly #life: ServiceLife;
  readonly #inherited: Inherited;

  /** @internal */
  constructor(life: ServiceLife, inherited: Inherited) {
    this.#life = life;
    this.#inherited = inherited;
  }

  /**
   * Adds an endpoint, which takes requests from now on. Its name has letters, digits, `-` and `_`. Several endpoints may have one name,
   * but not one subject and queue group, for they would share the requests: that throws `INVALID_OPTION`. If the server forbids the
   * subject, an `error` event tells so later, and the endpoint is gone.
   *
   * Throws `INVALID_OPTION`, `INVALID_SUBJECT`, `INVALID_QUEUE`, `SERVICE_STOPPED`, and `CONNECTION_DRAINING` or
   * `CONNECTION_CLOSED`.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   * import { services } from "natspeed/services";
   *
   * const nc = await connect();
   * const service = await services(nc).add({ name: "greeter", version: "1.0.0" });
   * service.endpoint("greet", (request) => `hello ${request.string()}`);
   * service.endpoint("sum", (request) => request.json<number[]>().reduce((sum, n) => sum + n, 0), {
   *   subject: "math.sum",
   *   concurrency: 8,
   * });
   * console.log((await nc.request("math.sum", "[1, 2, 3]")).json());
   * await nc.drain();
   * ```
   */
  endpoint<Req extends Schema = Schema, Res extends Schema = Schema>(
    name: string,
    handler: ServiceHandler<Req, Res>,
    options: EndpointOptions<Req, Res> = {},
  ): Endpoint {
    return this.#life.add(resolveEndpoint(name, handler, options, this.#inherited));
  }

  /**
   * A group of endpoints: their subjects begin with the group's subject, and they inherit its queue group. The subject may have `*`,
   * and may be empty. Throws `INVALID_OPTION` or `INVALID_QUEUE`.
   */
  group(subject: string, options: GroupOptions = {}): Group {
    const group = within(this.#inherited.group, aGroup("subject", subject));
    const queue = queueOf(checkOptions(options, GROUP, undefined, FORMER_NAMES), this.#inherited.queue);
    return new Group(this.#life, { group, queue });
  }
}

import { aFunction, aString, type Check, type Checks, checkOptions, wrongValue } from "../../core/checks.ts";
import type { Endpoint } from "../endpoint/endpoint.ts";
import { type GroupOptions, queueOf } from "../endpoint/endpoint-options.ts";
import type { Middleware } from "../endpoint/middleware.ts";
import { aName, aQueue, aVersion, type Metadata, someMetadata } from "../names.ts";

/** The configuration of a service. */
export interface ServiceConfig extends GroupOptions {
  /** Letters, digits, `-` and `_`. All instances of a service have the same name. */
  readonly name: string;
  /** As semver.org has it. */
  readonly version: string;
  readonly description?: string;
  readonly metadata?: Metadata;
  /** Gives the `data` of an endpoint's stats: a value that JSON can write, or a promise of one, for up to 2 seconds. */
  readonly statsHandler?: (endpoint: Endpoint) => unknown;
  /** Runs around each handler, the first one outermost. */
  readonly middleware?: readonly Middleware[];
}

/** A service's configuration, checked, with its defaults. */
export interface ResolvedService {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly metadata: Metadata;
  readonly queue: string | undefined;
  readonly statsHandler: ((endpoint: Endpoint) => unknown) | undefined;
  readonly middleware: readonly Middleware[];
}

const DEFAULT_QUEUE = "q";

const someMiddleware: Check<readonly Middleware[]> = (name, value) => {
  if (!Array.isArray(value)) throw wrongValue(name, "a list of functions", value);
  return value.map((one: unknown, i) => aFunction(`${name}[${i}]`, one) as Middleware);
};

const SERVICE: Checks<ServiceConfig> = {
  name: aName,
  version: aVersion,
  description: aString,
  metadata: someMetadata,
  queue: aQueue,
  statsHandler: aFunction as Check<(endpoint: Endpoint) => unknown>,
  middleware: someMiddleware,
};

const FORMER_NAMES = {
  queueGroup: '"queue"',
  queueGroupDisabled: '"queue", as in queue: false',
  endpoint: "a call: service.endpoint(name, handler)",
  doneHandler: "a promise: service.stopped",
  errorHandler: 'an event: service.on("error", listener)',
};

/** Throws `INVALID_OPTION` or `INVALID_QUEUE`. */
export function resolveService(given: ServiceConfig): ResolvedService {
  const checked = checkOptions(given, SERVICE, undefined, FORMER_NAMES);
  return {
    // checkOptions passes over a name or a version that is missing: here it fails.
    name: aName("name", checked.name),
    version: aVersion("version", checked.version),
    description: checked.description ?? "",
    metadata: checked.metadata ?? Object.freeze({}),
    queue: queueOf(checked, DEFAULT_QUEUE),
    statsHandler: checked.statsHandler,
    middleware: checked.middleware ?? [],
  };
}

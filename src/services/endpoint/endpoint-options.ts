import {
  aFunction,
  aString,
  type Check,
  type Checks,
  checkOptions,
  count,
  invalidOption,
  limit,
  wholeNumber,
} from "../../core/checks.ts";
import type { PendingCount } from "../../core/delivery/pending.ts";
import { checkSubscribeSubject } from "../../core/protocol/subject.ts";
import type { Schema, SchemaInput, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema } from "../../core/values/values.ts";
import { aName, aQueue, type Metadata, someMetadata, within } from "../names.ts";
import type { EndpointContract } from "./contract.ts";
import type { ServiceRequest } from "./service-request.ts";

/**
 * Answers a request with what it returns, or with what a promise that it returns comes to. A schema writes that; without one text,
 * bytes and nothing are sent as they are, and all else as JSON. A message, as `nc.request` gives it, is passed on with its headers. A
 * `ServiceError` that it throws or returns is the answer. Any other error is answered with 500 and its message, and is a
 * `handlerError` event.
 */
export type ServiceHandler<Req extends Schema = Schema, Res extends Schema = Schema> = (
  request: ServiceRequest<SchemaOutput<Req>>,
) => SchemaInput<Res> | PromiseLike<SchemaInput<Res>>;

/** Options of a group, which its endpoints inherit. */
export interface GroupOptions {
  /** The queue group that shares the requests; false: everybody gets each request. @default that of the group or the service, "q" */
  readonly queue?: string | false;
}

/** Options of an endpoint. */
export interface EndpointOptions<Req extends Schema = Schema, Res extends Schema = Schema>
  extends EndpointContract<Req, Res>, GroupOptions {
  readonly metadata?: Metadata;
  /** How many promises of the handler may be open at a time. @default 64 */
  readonly concurrency?: number;
  /**
   * How many requests may wait for the handler, and how many bytes of payload all requests together may have; further requests are
   * answered with 503. @default 1024 messages, 67108864 bytes
   */
  readonly pending?: Partial<PendingCount>;
}

/** An endpoint's options, checked, with their defaults. */
export interface ResolvedEndpoint {
  readonly name: string;
  readonly subject: string;
  readonly queue: string | undefined;
  readonly metadata: Metadata;
  readonly handler: ServiceHandler;
  readonly request: Schema | undefined;
  readonly response: Schema | undefined;
  readonly concurrency: number;
  readonly pending: PendingCount;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_PENDING: PendingCount = { messages: 1024, bytes: 64 * 1024 * 1024 };

/** A whole number from 0 on, or `Infinity`. */
const amount: Check<number> = (name, value) => (value === Infinity ? Infinity : wholeNumber(name, value));

// A handler written for nats.js takes an error first: it would take each request for an error.
const aHandler: Check<ServiceHandler> = (name, value) => {
  const handler = aFunction(name, value) as ServiceHandler;
  if (handler.length <= 1) return handler;
  throw invalidOption(name, `it gets one argument, the request, and takes ${handler.length}`);
};

const PENDING: Checks<PendingCount> = { messages: amount, bytes: limit };

const somePending: Check<Partial<PendingCount>> = (name, value) =>
  checkOptions(value as PendingCount, PENDING, name);

const ENDPOINT: Checks<EndpointOptions> = {
  subject: aString,
  request: aSchema,
  response: aSchema,
  queue: aQueue,
  metadata: someMetadata,
  concurrency: count,
  pending: somePending,
};

const FORMER_NAMES = {
  handler: "an argument: endpoint(name, handler, options)",
  queueGroup: '"queue"',
  queueGroupDisabled: '"queue", as in queue: false',
  schema: '"request" and "response"',
  pendingLimits: '"pending"',
};

/** What endpoints inherit of their groups and their service. */
export interface Inherited {
  /** Their subjects begin with this. */
  readonly group: string;
  readonly queue: string | undefined;
}

/** Throws `INVALID_OPTION`, `INVALID_SUBJECT` or `INVALID_QUEUE`. */
export function resolveEndpoint(
  name: string,
  handler: unknown,
  given: EndpointOptions,
  inherited: Inherited,
): ResolvedEndpoint {
  aName("name", name);
  const checked = checkOptions(given, ENDPOINT, undefined, FORMER_NAMES);
  const own = checked.subject ?? name;
  checkSubscribeSubject(own);
  const subject = within(inherited.group, own);
  checkSubscribeSubject(subject);
  return {
    name,
    subject,
    queue: queueOf(checked, inherited.queue),
    metadata: checked.metadata ?? Object.freeze({}),
    handler: aHandler("handler", handler),
    request: checked.request,
    response: checked.response,
    concurrency: checked.concurrency ?? DEFAULT_CONCURRENCY,
    pending: { ...DEFAULT_PENDING, ...checked.pending },
  };
}

/** The queue group by these options, which are checked, or the inherited one. */
export function queueOf({ queue }: GroupOptions, inherited: string | undefined): string | undefined {
  if (queue === undefined) return inherited;
  return queue === false ? undefined : queue;
}

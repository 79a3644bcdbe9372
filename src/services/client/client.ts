import { aString, type Checks, checkOptions, wrongValue } from "../../core/checks.ts";
import type { Connection } from "../../core/connection/connection.ts";
import type { Message, Payload } from "../../core/message.ts";
import { checkPublishSubject } from "../../core/protocol/subject.ts";
import type { Schema, SchemaInput, SchemaOutput } from "../../core/values/schema.ts";
import { aSchema, readValue, writeValue } from "../../core/values/values.ts";
import type { Contract, EndpointContract } from "../endpoint/contract.ts";
import { aPrefix, within } from "../names.ts";
import { CALL, call, type CallOptions } from "./call.ts";

/**
 * The endpoints of a contract as functions. Without a schema the request is a payload, and the response a message. A request that
 * may be undefined may be left out.
 */
export type Client<C extends Contract> = {
  readonly [K in keyof C]: undefined extends RequestOf<C[K]>
    ? (request?: RequestOf<C[K]>, options?: CallOptions) => Promise<ResponseOf<C[K]>>
    : (request: RequestOf<C[K]>, options?: CallOptions) => Promise<ResponseOf<C[K]>>;
};

type RequestOf<E> = E extends { readonly request: infer S extends Schema } ? SchemaInput<S> : Payload;
type ResponseOf<E> = E extends { readonly response: infer S extends Schema } ? SchemaOutput<S> : Message;

/** Options of a client: they hold for each call that does not have its own. */
export interface ClientOptions extends CallOptions {
  /** The group that the endpoints are in: what their subjects begin with. */
  readonly group?: string;
}

type Call = (request: unknown, options?: CallOptions) => Promise<unknown>;

const CLIENT: Checks<ClientOptions> = { ...CALL, group: aPrefix };

/** Throws `INVALID_OPTION` or `INVALID_SUBJECT`. */
export function makeClient<C extends Contract>(
  connection: Connection,
  contract: C,
  given: ClientOptions,
): Client<C> {
  if (typeof contract !== "object" || contract === null)
    throw wrongValue("contract", "an object of endpoints", contract);
  const { group = "", ...defaults } = checkOptions(given, CLIENT);
  const calls = Object.entries(contract).map(([name, endpoint]): [string, Call] => {
    if (typeof endpoint !== "object" || (endpoint as unknown) === null)
      throw wrongValue(`contract.${name}`, "an object", endpoint);
    const subject = aString(`contract.${name}.subject`, endpoint.subject ?? name);
    return [name, callOf(connection, within(group, subject), endpoint, defaults)];
  });
  return Object.fromEntries(calls) as unknown as Client<C>;
}

function callOf(
  connection: Connection,
  subject: string,
  { request, response }: EndpointContract,
  defaults: CallOptions,
): Call {
  checkPublishSubject(subject);
  if (request !== undefined) aSchema("request", request);
  if (response !== undefined) aSchema("response", response);
  return async (value, options = {}) => {
    const checked = { ...defaults, ...checkOptions(options, CALL) };
    const data =
      request === undefined ? (value as Payload) : writeValue(request, value as never, { subject });
    const answer = await call(connection, subject, data, checked);
    return response === undefined ? answer : readValue(response, answer.data, { subject });
  };
}

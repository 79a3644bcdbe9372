import type { Schema } from "../../core/values/schema.ts";

/** What service and client know of an endpoint. Without a schema the request is a payload, and the response a message. */
export interface EndpointContract<Req extends Schema = Schema, Res extends Schema = Schema> {
  /** May have wildcards, but not for a client. @default the endpoint's name */
  readonly subject?: string;
  /** Reads requests. A request that it can't read is answered with 400, and the handler does not see it. */
  readonly request?: Req;
  /** Writes what a handler returns. */
  readonly response?: Res;
}

/** Endpoints by their names. */
export type Contract = Readonly<Record<string, EndpointContract>>;

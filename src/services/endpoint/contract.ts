import type { Schema } from "../../core/values/schema.ts";

/**
 * What both sides know of an endpoint. Without a schema a request is a payload, and the response a message.
 */
export interface EndpointContract<Req extends Schema = Schema, Res extends Schema = Schema> {
  /** May have wildcards, but not for a client. @default the endpoint's name */
  readonly subject?: string;
  /** Reads a request, which is answered with 400 before its handler sees it if it is no such value. */
  readonly request?: Req;
  /** Writes what a handler returns. */
  readonly response?: Res;
}

/** Endpoints by their names. */
export type Contract = Readonly<Record<string, EndpointContract>>;

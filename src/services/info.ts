import type { Metadata } from "./names.ts";

/** Which service, and which instance of it. */
export interface ServiceIdentity {
  readonly name: string;
  /** The id of this one instance. */
  readonly id: string;
  readonly version: string;
  readonly metadata: Metadata;
}

/** What an endpoint tells of itself. */
export interface EndpointInfo {
  readonly name: string;
  readonly subject: string;
  /** The queue group; undefined if everybody gets each request. */
  readonly queue?: string;
  readonly metadata: Metadata;
}

/** What a service tells of itself. */
export interface ServiceInfo extends ServiceIdentity {
  readonly description: string;
  readonly endpoints: readonly EndpointInfo[];
}

/** What an endpoint has counted. Times are in nanoseconds. */
export interface EndpointStats {
  readonly name: string;
  readonly subject: string;
  /** The queue group; undefined if everybody gets each request. */
  readonly queue?: string;
  /** All requests that came, also those that were answered with an error. */
  readonly numRequests: number;
  /** Requests that were answered with an error, or could not be answered. */
  readonly numErrors: number;
  /** The last error: its status, a colon, and what it says. */
  readonly lastError?: string;
  /** From the call of the handler until its answer was sent, for all requests together. */
  readonly processingTime: bigint;
  readonly averageProcessingTime: bigint;
  /** What the service's `statsHandler` gave. */
  readonly data?: unknown;
}

/** What a service has counted, endpoint by endpoint. */
export interface ServiceStats extends ServiceIdentity {
  /** When it began to count. */
  readonly started: Date;
  readonly endpoints: readonly EndpointStats[];
}

import type { SchemaIssue } from "../../core/values/standard-schema.ts";
import type { EndpointInfo, EndpointStats, ServiceIdentity, ServiceInfo, ServiceStats } from "../info.ts";
import type { Metadata } from "../names.ts";

/** What services can be asked, as it is written in subjects. */
export type Verb = "PING" | "INFO" | "STATS";

const TYPES: Readonly<Record<Verb, string>> = {
  PING: "io.nats.micro.v1.ping_response",
  INFO: "io.nats.micro.v1.info_response",
  STATS: "io.nats.micro.v1.stats_response",
};

/** The subject by which all services are asked, or those of a name, or one instance. */
export function verbSubject(prefix: string, verb: Verb, name?: string, id?: string): string {
  const all = `${prefix}.${verb}`;
  if (name === undefined) return all;
  return id === undefined ? `${all}.${name}` : `${all}.${name}.${id}`;
}

/** The body of an answer to PING. */
export function pingToWire({ name, id, version, metadata }: ServiceIdentity): object {
  return { type: TYPES.PING, name, id, version, metadata };
}

/** The body of an answer to INFO. */
export function infoToWire(info: ServiceInfo): object {
  const { description, endpoints } = info;
  return {
    ...pingToWire(info),
    type: TYPES.INFO,
    description,
    endpoints: endpoints.map(({ name, subject, queue, metadata }) => ({
      name,
      subject,
      queue_group: queue ?? "",
      metadata,
    })),
  };
}

/** The body of an answer to STATS. */
export function statsToWire(stats: ServiceStats): object {
  const { started, endpoints } = stats;
  return {
    ...pingToWire(stats),
    type: TYPES.STATS,
    started: started.toISOString(),
    endpoints: endpoints.map((endpoint) => ({
      name: endpoint.name,
      subject: endpoint.subject,
      queue_group: endpoint.queue ?? "",
      num_requests: endpoint.numRequests,
      num_errors: endpoint.numErrors,
      last_error: endpoint.lastError ?? "",
      processing_time: endpoint.processingTime,
      average_processing_time: endpoint.averageProcessingTime,
      data: endpoint.data,
    })),
  };
}

/** What is wrong with an answer. */
export class MalformedAnswer extends Error {
  readonly issue: SchemaIssue;

  constructor(field: string, what: string) {
    super(`${field}: ${what}`);
    this.issue = { message: what, path: [field] };
  }
}

/** The answer to PING. Throws {@link MalformedAnswer}. */
export function pingFromWire(answer: unknown): ServiceIdentity {
  return identityOf(objectOf(answer, "PING"));
}

/** The answer to INFO. Throws {@link MalformedAnswer}. */
export function infoFromWire(answer: unknown): ServiceInfo {
  const fields = objectOf(answer, "INFO");
  return {
    ...identityOf(fields),
    description: optionalText(fields, "description"),
    endpoints: listOf(fields["endpoints"]).map(endpointInfoOf),
  };
}

/** The answer to STATS. Throws {@link MalformedAnswer}. */
export function statsFromWire(answer: unknown): ServiceStats {
  const fields = objectOf(answer, "STATS");
  return {
    ...identityOf(fields),
    started: dateOf(fields, "started"),
    endpoints: listOf(fields["endpoints"]).map(endpointStatsOf),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(value: unknown, verb?: Verb): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedAnswer("", "it is no object");
  }
  const fields = value as Fields;
  const type = fields["type"];
  if (verb !== undefined && type !== undefined && type !== TYPES[verb]) {
    throw new MalformedAnswer("type", `it is ${JSON.stringify(type)}, not "${TYPES[verb]}"`);
  }
  return fields;
}

function identityOf(fields: Fields): ServiceIdentity {
  return {
    name: filled(fields, "name"),
    id: filled(fields, "id"),
    version: text(fields, "version"),
    metadata: metadataOf(fields["metadata"]),
  };
}

function endpointInfoOf(value: unknown): EndpointInfo {
  const fields = objectOf(value);
  return {
    name: text(fields, "name"),
    subject: text(fields, "subject"),
    ...queueOf(fields),
    metadata: metadataOf(fields["metadata"]),
  };
}

function endpointStatsOf(value: unknown): EndpointStats {
  const fields = objectOf(value);
  const lastError = optionalText(fields, "last_error");
  const data = fields["data"];
  return {
    name: text(fields, "name"),
    subject: text(fields, "subject"),
    ...queueOf(fields),
    numRequests: Number(wholeOf(fields, "num_requests")),
    numErrors: Number(wholeOf(fields, "num_errors")),
    ...(lastError === "" ? {} : { lastError }),
    processingTime: wholeOf(fields, "processing_time"),
    averageProcessingTime: wholeOf(fields, "average_processing_time"),
    ...(data === undefined || data === null ? {} : { data }),
  };
}

// Clients write "", null or nothing where there is no group.
function queueOf(fields: Fields): { readonly queue?: string } {
  const queue = optionalText(fields, "queue_group");
  return queue === "" ? {} : { queue };
}

function text(fields: Fields, field: string): string {
  const value = fields[field];
  if (typeof value !== "string") throw new MalformedAnswer(field, "it is no string");
  return value;
}

/** A text that must not be empty: it is a part of the subject by which this service alone is asked. */
function filled(fields: Fields, field: string): string {
  const value = text(fields, field);
  if (value === "") throw new MalformedAnswer(field, "it is empty");
  return value;
}

/** A text that other clients leave out, or write as null, if it is not set. */
function optionalText(fields: Fields, field: string): string {
  return fields[field] === undefined || fields[field] === null ? "" : text(fields, field);
}

/** A number without the fraction that some clients write, which means nothing. */
function wholeOf(fields: Fields, field: string): bigint {
  const value = fields[field] ?? 0;
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(Math.trunc(value));
  throw new MalformedAnswer(field, "it is no number");
}

function dateOf(fields: Fields, field: string): Date {
  const date = new Date(text(fields, field));
  if (Number.isNaN(date.getTime())) throw new MalformedAnswer(field, "it is no time");
  return date;
}

function metadataOf(value: unknown): Metadata {
  const entries = Object.entries(value === undefined || value === null ? {} : objectOf(value));
  return Object.fromEntries(entries.map(([key, entry]) => [key, String(entry)]));
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedAnswer("endpoints", "it is no list");
  return value;
}

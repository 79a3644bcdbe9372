import { headers, type MessageHeaders } from "../../core/protocol/headers.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import type { ObjectLink } from "../errors.ts";
import { isToken, nameOf } from "../names.ts";
import { objectCorrupt } from "../store-errors.ts";
import type { ObjectInfo } from "./object-info.ts";
import type { WireMeta } from "./wire-meta.ts";

type Json = Readonly<Record<string, unknown>>;

/** The last meta of an object. */
export interface LastMeta {
  /** Its sequence in the stream. */
  readonly revision: number;
  /** The subject on which it is, and on which it is replaced. */
  readonly subject: string;
  readonly info: ObjectInfo;
  readonly wire: WireMeta;
}

// OBJ-09, OBJ-17
/**
 * Reads a meta that any client wrote. The store is the one that holds it, whatever its text says: nats.js writes the store of a
 * link's target there. An id that would match the chunks of other objects counts as none. Throws `OBJECT_CORRUPT`.
 */
export function readMeta(store: string, message: StoredMessage): LastMeta {
  const { seq: revision, subject } = message;
  const wire = parse(store, message);
  const { deleted, digest, description, metadata } = wire;
  const link = readLink(wire["options"]);
  const given = readHeaders(wire["headers"]);
  const info: ObjectInfo = {
    store,
    name: nameOf(subject) ?? readName(store, subject, wire["name"]),
    nuid: readNuid(wire["nuid"]),
    revision,
    modified: message.time,
    size: whole(wire["size"]),
    chunks: whole(wire["chunks"]),
    deleted: deleted === true,
    ...optional("chunkSize", whole(record(wire["options"])["max_chunk_size"]) || undefined),
    ...optional("digest", text(digest) || undefined),
    ...optional("description", text(description) || undefined),
    ...optional("metadata", readTexts(metadata)),
    ...optional("headers", given),
    ...optional("link", link),
  };
  return { revision, subject, info, wire: wire as unknown as WireMeta };
}

/** The name of an object whose subject does not say it. */
function readName(store: string, subject: string, name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw objectCorrupt(store, subject, "what is told of it has no name", { subject });
}

function parse(store: string, message: StoredMessage): Json {
  let cause: unknown;
  try {
    const json: unknown = JSON.parse(message.string());
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Json;
  } catch (thrown) {
    cause = thrown;
  }
  const name = nameOf(message.subject) ?? message.subject;
  const { subject } = message;
  throw objectCorrupt(store, name, "what is told of it is no JSON object", { subject, cause });
}

// OBJ-13
function readLink(options: unknown): ObjectLink | undefined {
  const { bucket, name } = record(record(options)["link"]);
  if (typeof bucket !== "string" || bucket === "") return undefined;
  return typeof name === "string" && name !== "" ? { store: bucket, object: name } : { store: bucket };
}

function readNuid(value: unknown): string {
  return typeof value === "string" && isToken(value) ? value : "";
}

function readHeaders(value: unknown): MessageHeaders | undefined {
  const read = headers();
  for (const [name, values] of Object.entries(record(value))) {
    for (const each of Array.isArray(values) ? (values as unknown[]) : [values]) {
      try {
        read.append(name, String(each));
      } catch {
        // A name or a value that no header can have is left out.
      }
    }
  }
  return read.size === 0 ? undefined : read;
}

function readTexts(value: unknown): Readonly<Record<string, string>> | undefined {
  const texts = Object.entries(record(value)).filter(([, each]) => typeof each === "string");
  return texts.length === 0 ? undefined : (Object.fromEntries(texts) as Record<string, string>);
}

function record(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [N in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in K]?: V });
}

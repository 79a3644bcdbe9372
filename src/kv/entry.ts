import { INSPECT, type Inspect, inspected } from "../core/inspect.ts";
import { parseJson } from "../core/parse-json.ts";
import { preview } from "../core/preview.ts";
import type { MessageHeaders } from "../core/protocol/headers.ts";
import { readText } from "../core/protocol/text.ts";
import type { Schema } from "../core/values/schema.ts";
import { readValue } from "../core/values/values.ts";
import type { StoredMessage } from "../jetstream/message/stored-message.ts";
import { decodeKey } from "./coded-keys.ts";
import { mayBeMarker } from "./header-scan.ts";
import type { KeyCodec } from "./key-codecs.ts";

/** What a revision is read from: a stored message, or what a view keeps of one. */
export interface Stored {
  readonly subject: string;
  readonly seq: number;
  readonly time: Date;
  readonly pending: number | undefined;
  readonly headers: MessageHeaders | undefined;
  readonly data: Uint8Array;
  readonly size: number;
}

/** How a handle reads the messages of its bucket. */
export interface Reading {
  readonly bucket: string;
  /** What the subjects of keys begin with. */
  readonly prefix: string;
  readonly schema: Schema | undefined;
  readonly codec: KeyCodec | undefined;
}

/** A key at one of its revisions: an {@link Entry} or a {@link Marker}. Its parts are read when asked for. */
export abstract class Revision {
  readonly #stored: Stored;
  readonly #reading: Reading;
  #key: string | undefined;

  /** @internal */
  constructor(stored: Stored, reading: Reading) {
    this.#stored = stored;
    this.#reading = reading;
  }

  get bucket(): string {
    return this.#reading.bucket;
  }

  /** Throws `INVALID_KEY` if the handle's codec did not write it. */
  get key(): string {
    if (this.#key !== undefined) return this.#key;
    const { bucket, prefix, codec } = this.#reading;
    const key = this.#stored.subject.slice(prefix.length);
    this.#key = codec === undefined ? key : decodeKey(codec, bucket, key);
    return this.#key;
  }

  get revision(): number {
    return this.#stored.seq;
  }

  /** When the server stored it. */
  get created(): Date {
    return this.#stored.time;
  }

  /** How many of the revisions that were asked for follow; 0 if the server did not tell. */
  get delta(): number {
    return this.#stored.pending ?? 0;
  }

  get headers(): MessageHeaders | undefined {
    return this.#stored.headers;
  }

  /** @internal */
  get stored(): Stored {
    return this.#stored;
  }

  /** @internal */
  get reading(): Reading {
    return this.#reading;
  }

  /** @internal */
  facts(): Record<string, unknown> {
    const { bucket, prefix } = this.#reading;
    const { subject, seq, time, headers } = this.#stored;
    return { bucket, key: this.#key ?? subject.slice(prefix.length), revision: seq, created: time, headers };
  }
}

// KV-26
/** A key's value. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the handle's schema says what it is
export class Entry<T = Uint8Array> extends Revision {
  readonly type = "put";

  /** The value: as bytes, or as the handle's schema reads it. Throws `INVALID_VALUE`. */
  get value(): T {
    const { schema } = this.reading;
    if (schema === undefined) return this.data as T;
    return readValue(schema, this.data, { subject: this.stored.subject }) as T;
  }

  /** The value's bytes; none where a watch left them out. To keep a small one for long, keep `data.slice()`. */
  get data(): Uint8Array {
    return this.stored.data;
  }

  /** Bytes of the value, also where a watch left it out. */
  get size(): number {
    return this.stored.size;
  }

  /** The value as text; bytes that are not UTF-8 become the replacement character. */
  string(): string {
    const { data } = this.stored;
    return readText(data, 0, data.length);
  }

  /** The value parsed as JSON, with the reviver of `JSON.parse`. Throws `INVALID_JSON`. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for the shape, as everywhere in TypeScript
  json<U = unknown>(reviver?: (key: string, value: unknown) => unknown): U {
    const { subject } = this.stored;
    return parseJson({ subject, string: () => this.string() }, reviver) as U;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { data, size } = this;
    const facts = { ...this.facts(), size, data: data.length === 0 ? undefined : preview(data) };
    return inspected("Entry", facts, depth, options, inspect);
  }
}

/** A key was removed; with a `reason`, by the server. */
export class Marker extends Revision {
  /** delete: what the key had before is still in its history. purge: it is not. */
  readonly type: "delete" | "purge";
  /** max-age: it was too old. purge: the stream was purged. remove: a message of the stream was deleted. */
  readonly reason: "max-age" | "purge" | "remove" | undefined;

  /** @internal */
  constructor(stored: Stored, reading: Reading, removal: Removal) {
    super(stored, reading);
    this.type = removal.type;
    this.reason = removal.reason;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { type, reason } = this;
    return inspected("Marker", { ...this.facts(), type, reason }, depth, options, inspect);
  }
}

interface Removal {
  readonly type: Marker["type"];
  readonly reason: Marker["reason"];
}

export const OPERATION = "KV-Operation";
export const MARKER_REASON = "Nats-Marker-Reason";

/** By the operation that a client writes. */
const OPERATIONS: Readonly<Record<string, Removal>> = {
  DEL: { type: "delete", reason: undefined },
  PURGE: { type: "purge", reason: undefined },
};

/** By the reason that the server writes. */
const REASONS: Readonly<Record<string, Removal>> = {
  MaxAge: { type: "purge", reason: "max-age" },
  Purge: { type: "purge", reason: "purge" },
  Remove: { type: "delete", reason: "remove" },
};

// KV-13, KV-14, KV-27
/** The removal that a stored message tells of; undefined if it has a value. */
export function removalOf(headers: MessageHeaders | undefined): Removal | undefined {
  if (headers === undefined) return undefined;
  const operation = headers.get(OPERATION);
  if (operation !== undefined)
    return Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  const reason = headers.get(MARKER_REASON);
  if (reason === undefined) return undefined;
  // A newer server may have other reasons: all mean that there is no value.
  return Object.hasOwn(REASONS, reason) ? REASONS[reason] : { type: "delete", reason: undefined };
}

/** As {@link readRevision}, but faster for values: it makes no headers of them. */
export function readMessage<T>(message: StoredMessage, reading: Reading): Entry<T> | Marker {
  const isValue = !message.received.readHeaders(mayBeMarker);
  return isValue ? new Entry<T>(message, reading) : readRevision<T>(message, reading);
}

export function readRevision<T>(stored: Stored, reading: Reading): Entry<T> | Marker {
  const removal = removalOf(stored.headers);
  return removal === undefined ? new Entry<T>(stored, reading) : new Marker(stored, reading, removal);
}

import {
  aSignal,
  type Check,
  checkOptions,
  type Checks,
  invalidOption,
  milliseconds,
  wrongValue,
} from "../core/checks.ts";
import { someHeaders } from "../core/call-options.ts";
import { withStackOfCaller } from "../core/caller-stack.ts";
import { checkPayload } from "../core/outbound/payload.ts";
import { isNatsError, type NatsError } from "../core/errors.ts";
import { headers as makeHeaders, type HeadersInit, type MessageHeaders } from "../core/protocol/headers.ts";
import type { Payload } from "../core/message.ts";
import { writeValue } from "../core/values/values.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { type GivenPublishOptions, publish } from "../jetstream/publish/publish.ts";
import { aTtl } from "../jetstream/publish/check-ttl.ts";
import { ownPayload } from "../jetstream/publish/outgoing-message.ts";
import type { BucketContext, Written } from "./bucket-context.ts";
import { MARKER_REASON, OPERATION } from "./entry.ts";
import { checkKey } from "./keys.ts";
import { asBucketError, keyExists, wrongRevision } from "./kv-errors.ts";
import { lastOf } from "./last.ts";
import { checkKeptTtl } from "./kept-ttl.ts";
import { explainUntaken } from "./untaken.ts";

/** Options of `Bucket.put` and `Bucket.update`. */
export interface WriteOptions extends WaitOptions {
  /** What goes with the entry. */
  readonly headers?: HeadersInit;
}

/** Options of `Bucket.create`. */
export interface CreateOptions extends WriteOptions {
  /**
   * Milliseconds that the value lives, at least 1000, rounded up to whole seconds. The bucket needs `limitMarkerTtl`. If the
   * bucket's `history` is above 1, a `ttl` must not be shorter than `limitMarkerTtl`. The most is the bucket's own `ttl`.
   */
  readonly ttl?: number;
}

/** Options of `Bucket.delete`. */
export interface DeleteOptions extends WriteOptions {
  /** Only if this is the key's last revision. */
  readonly revision?: number;
}

/** Options of `Bucket.purge`. */
export interface PurgeKeyOptions extends DeleteOptions {
  /**
   * Milliseconds that the marker stays, at least 1000. The bucket needs `limitMarkerTtl`. If the bucket's `history` is above 1 the
   * marker stays at least for `limitMarkerTtl`. @default for ever
   */
  readonly ttl?: number;
}

interface AnyWriteOptions extends Omit<PurgeKeyOptions, "headers"> {
  readonly headers?: MessageHeaders;
}

/** The number of a revision; 0 stands for none. */
export const aRevision: Check<number> = (name, value) => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrongValue(name, "a revision, which is a whole number from 0 on", value);
};

/**
 * What a header of these names would make of a write: a value with the first two is read as a marker, and the third removes
 * other values.
 */
const OWN_HEADERS = [OPERATION, MARKER_REASON, "Nats-Rollup"];

/** The headers of an entry; a copy. */
export const entryHeaders: Check<MessageHeaders> = (name, value) => {
  // A copy: the application may change its own before the write is tried again, or while a batch or a view keeps it.
  const given = makeHeaders(someHeaders(name, value));
  const own = OWN_HEADERS.find((header) => given.has(header));
  if (own !== undefined) throw invalidOption(name, `"${own}" is the bucket's own: see delete() and purge()`);
  return given;
};

const WRITE = { headers: entryHeaders, timeout: milliseconds, signal: aSignal };
const PUT = WRITE as unknown as Checks<AnyWriteOptions>;
const CREATE = { ...WRITE, ttl: aTtl } as unknown as Checks<AnyWriteOptions>;
const DELETE = { ...WRITE, revision: aRevision } as unknown as Checks<AnyWriteOptions>;
const PURGE = { ...WRITE, revision: aRevision, ttl: aTtl } as unknown as Checks<AnyWriteOptions>;

/** As nats.js calls them; and an option that only some of the writes take. */
const FORMER = {
  previousSeq: '"revision", and of a value update(key, value, revision)',
  revision: "an argument of update(key, value, revision)",
  markerTTL: '"ttl"',
  ttl: 'given to create(), or for every key of the bucket by its "ttl"',
};

function checked(given: object, checks: Checks<AnyWriteOptions>): AnyWriteOptions {
  return checkOptions<AnyWriteOptions>(given, checks, undefined, FORMER);
}

/** One write to a key. */
interface Write {
  readonly key: string;
  readonly encoded: string;
  readonly type: Written["type"];
  readonly value: unknown;
  readonly options: GivenPublishOptions;
}

// KV-09
export async function put(
  context: BucketContext,
  key: string,
  value: unknown,
  given: WriteOptions,
): Promise<number> {
  const options = checked(given, PUT);
  return await write(context, { key, encoded: checkKey(context, key), type: "put", value, options });
}

// KV-12
export async function update(
  context: BucketContext,
  key: string,
  value: unknown,
  revision: number,
  given: WriteOptions,
): Promise<number> {
  const expect = { lastSubjectSequence: aRevision("revision", revision) };
  const options = { ...checked(given, PUT), expect };
  return await writeExpecting(context, { key, encoded: checkKey(context, key), type: "put", value, options });
}

/** How often a create is tried while others remove the key, or its marker goes. */
const CREATE_ATTEMPTS = 8;

// KV-10, KV-11
export async function create(
  context: BucketContext,
  key: string,
  value: unknown,
  given: CreateOptions,
): Promise<number> {
  const { bucket } = context;
  const options = checked(given, CREATE);
  const encoded = checkKey(context, key);
  await checkCreateTtl(context, options);
  let last = 0;
  let alone: Pick<GivenPublishOptions, "rollup"> = {};
  for (let attempt = 1; ; attempt++) {
    const expect = { lastSubjectSequence: last };
    try {
      const all = { ...options, ...alone, expect };
      return await write(context, { key, encoded, type: "put", value, options: all });
    } catch (thrown) {
      if (!isNatsError(thrown, "WRONG_LAST_SEQUENCE")) throw thrown;
      // A marker is no value: the new value takes its place.
      const there = await lastOf(context, encoded, limitsOf(options));
      if (there !== undefined && !there.isMarker) throw keyExists(bucket, key, there.revision, thrown);
      last = there?.revision ?? 0;
      // The server leaves no marker for a value whose time is up if something else of the key is left.
      const mayClear = options.ttl !== undefined && there?.mayHaveHistory === false;
      alone = mayClear ? { rollup: "subject" } : {};
      if (attempt === CREATE_ATTEMPTS) throw wrongRevision(bucket, key, last, thrown);
    }
  }
}

async function checkCreateTtl(context: BucketContext, options: AnyWriteOptions): Promise<void> {
  try {
    await checkKeptTtl(context, options.ttl, limitsOf(options));
  } catch (thrown) {
    throw withStackOfCaller(asBucketError(context.bucket, thrown) as NatsError);
  }
}

// KV-13
export async function remove(context: BucketContext, key: string, given: DeleteOptions): Promise<number> {
  return await mark(context, key, "delete", checked(given, DELETE));
}

// KV-14
export async function purge(context: BucketContext, key: string, given: PurgeKeyOptions): Promise<number> {
  return await mark(context, key, "purge", checked(given, PURGE));
}

async function mark(
  context: BucketContext,
  key: string,
  type: "delete" | "purge",
  { revision, headers: given, ...options }: AnyWriteOptions,
): Promise<number> {
  const marked = makeHeaders(given).set(OPERATION, type === "delete" ? "DEL" : "PURGE");
  const expected = revision === undefined ? {} : { expect: { lastSubjectSequence: revision } };
  const rollup = type === "delete" ? {} : ({ rollup: "subject" } as const);
  const all = { ...options, ...expected, ...rollup, headers: marked };
  return await writeExpecting(context, {
    key,
    encoded: checkKey(context, key),
    type,
    value: undefined,
    options: all,
  });
}

/** As {@link write}; `WRONG_REVISION` has the key's last revision. */
async function writeExpecting(context: BucketContext, what: Write): Promise<number> {
  try {
    return await write(context, what);
  } catch (thrown) {
    if (!isNatsError(thrown, "WRONG_LAST_SEQUENCE")) throw thrown;
    // In a cluster the server may not say which revision that is.
    const { lastSequence = (await lastOf(context, what.encoded, limitsOf(what.options)))?.revision ?? 0 } =
      thrown;
    throw wrongRevision(context.bucket, what.key, lastSequence, thrown);
  }
}

async function write(context: BucketContext, { encoded, type, value, options }: Write): Promise<number> {
  const { jetstream, schema, writePrefix, writeListeners } = context;
  const subject = writePrefix + encoded;
  const written =
    schema === undefined || type !== "put" ? value : writeValue(schema, value as never, { subject });
  checkPayload(written as Payload, subject);
  // The listeners get the bytes that were sent, even if the application uses its array again.
  const payload = writeListeners.size === 0 ? written : ownPayload(written as Payload);
  let revision: number;
  try {
    ({ seq: revision } = await publish(jetstream, subject, payload, options));
  } catch (thrown) {
    throw asBucketError(context.bucket, await explainUntaken(context, thrown, options));
  }
  if (writeListeners.size > 0) {
    const told = { key: encoded, revision, type, data: payload as Payload, headers: options.headers };
    for (const listener of writeListeners) listener(told as Written);
  }
  return revision;
}

/** The limits among these options. */
export function limitsOf({ timeout, signal }: WaitOptions): WaitOptions {
  return { ...(timeout === undefined ? {} : { timeout }), ...(signal === undefined ? {} : { signal }) };
}

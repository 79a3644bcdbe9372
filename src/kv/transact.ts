import { someHeaders } from "../core/call-options.ts";
import { withStackOfCaller } from "../core/caller-stack.ts";
import { aFunction, aSignal, type Checks, checkOptions, count, milliseconds } from "../core/checks.ts";
import { isNatsError, type NatsError } from "../core/errors.ts";
import { growingPause } from "../core/growing-pause.ts";
import type { Payload } from "../core/message.ts";
import { checkPayload } from "../core/outbound/payload.ts";
import { Waiter, type WaitOptions } from "../core/waiter.ts";
import { ownPayload } from "../jetstream/publish/outgoing-message.ts";
import { rest } from "../core/rest.ts";
import { writeValue } from "../core/values/values.ts";
import type { BucketContext } from "./bucket-context.ts";
import { Entry } from "./entry.ts";
import { checkKey } from "./keys.ts";
import { wrongRevision } from "./kv-errors.ts";
import { payloadBytes } from "./payload-bytes.ts";
import { get } from "./read.ts";
import { create, limitsOf, update, type WriteOptions } from "./write.ts";

const DEFAULT_ATTEMPTS = 10;

/** Milliseconds of the pause before the second attempt, at most; a random part of it is waited. It doubles with each attempt. */
const FIRST_PAUSE = 4;
const LONGEST_PAUSE = 250;

/** Options of `Bucket.transact`; `timeout` is for each request to the server, `signal` for all of it. */
export interface TransactOptions extends WriteOptions {
  /** How often it is tried, if somebody is quicker. @default 10 */
  readonly attempts?: number;
}

/** Makes the new value of the key's value, which is undefined if it has none. If it returns undefined, nothing is written. */
export type Change<T, In> = (value: T | undefined) => In | undefined | PromiseLike<In | undefined>;

const TRANSACT: Checks<TransactOptions> = {
  headers: someHeaders,
  attempts: count,
  timeout: milliseconds,
  signal: aSignal,
};

/** See `Bucket.transact`. */
export async function transact<T, In>(
  context: BucketContext,
  key: string,
  change: Change<T, In>,
  options: TransactOptions,
): Promise<Entry<T> | undefined> {
  const { attempts = DEFAULT_ATTEMPTS, ...write } = checkOptions(options, TRANSACT);
  aFunction("change", change);
  for (let attempt = 1; ; attempt++) {
    const entry = await current<T>(context, key, write);
    const value = await unlessAborted(async () => await change(entry?.value), context, key, write);
    if (value === undefined) return entry;
    try {
      return await writeOver<T>(context, key, value, entry, write);
    } catch (thrown) {
      const wasQuicker = isNatsError(thrown, "WRONG_REVISION") || isNatsError(thrown, "KEY_EXISTS");
      if (!wasQuicker) throw withStackOfCaller(thrown as NatsError);
      if (attempt >= attempts) throw wrongRevision(context.bucket, key, thrown.revision ?? 0, thrown);
    }
    await pause(attempt, key, write);
  }
}

/** The entry as the leader has it: of a replica that lags, the change would be made of an old value. */
async function current<T>(
  context: BucketContext,
  key: string,
  options: WaitOptions,
): Promise<Entry<T> | undefined> {
  return await get<T>({ ...context, stream: context.origin }, key, { ...limitsOf(options), leader: true });
}

async function writeOver<T>(
  context: BucketContext,
  key: string,
  value: unknown,
  entry: Entry<T> | undefined,
  options: WriteOptions,
): Promise<Entry<T>> {
  const { schema, prefix } = context;
  const subject = prefix + checkKey(context, key);
  const payload = schema === undefined ? (value as Payload) : writeValue(schema, value as never, { subject });
  checkPayload(payload, subject);
  const own = ownPayload(payload);
  const bare = { ...context, schema: undefined };
  const seq =
    entry === undefined
      ? await create(bare, key, own, options)
      : await update(bare, key, own, entry.revision, options);
  const data = payloadBytes(own);
  const headers = options.headers === undefined ? undefined : someHeaders("headers", options.headers);
  return new Entry<T>(
    { subject, seq, time: new Date(), pending: undefined, headers, data, size: data.length },
    context,
  );
}

/** Settles as `change` does, or rejects with `ABORTED` as soon as the signal aborts. */
async function unlessAborted<In>(
  change: () => Promise<In>,
  { jetstream }: BucketContext,
  key: string,
  { signal }: WaitOptions,
): Promise<In> {
  if (signal === undefined) return await change();
  const limits = jetstream.connection.foundation.signals.limits({ signal });
  const waiter = new Waiter<void>(limits, { what: `what becomes of the key "${key}"` });
  const changing = change();
  changing.then(
    () => waiter.resolve(),
    () => waiter.resolve(),
  );
  await waiter.promise;
  return await changing;
}

/** Pauses for a random time, so that writers who met don't meet again at the next attempt. */
async function pause(attempt: number, key: string, { signal }: WaitOptions): Promise<void> {
  const longest = growingPause(FIRST_PAUSE, attempt, LONGEST_PAUSE);
  const limits = signal === undefined ? {} : { signal };
  await rest(Math.random() * longest, limits, { what: `another attempt to change the key "${key}"` });
}

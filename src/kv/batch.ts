import { checkWait } from "../core/call-options.ts";
import { withStackOfCaller } from "../core/caller-stack.ts";
import { type Checks, checkOptions } from "../core/checks.ts";
import { isNatsError, type NatsError } from "../core/errors.ts";
import type { Payload } from "../core/message.ts";
import { headers as makeHeaders, type HeadersInit, type MessageHeaders } from "../core/protocol/headers.ts";
import { writeValue } from "../core/values/values.ts";
import type { WaitOptions } from "../core/waiter.ts";
import { JetStreamError } from "../jetstream/errors.ts";
import { Batch } from "../jetstream/publish/batch.ts";
import { aTtl } from "../jetstream/publish/check-ttl.ts";
import type { BatchAck, MessageOptions } from "../jetstream/publish/message-options.ts";
import { ownPayload } from "../jetstream/publish/outgoing-message.ts";
import type { BucketContext, Written } from "./bucket-context.ts";
import { BatchExpectations, type ExpectingWrite } from "./batch-expectations.ts";
import { OPERATION } from "./entry.ts";
import { checkKey } from "./keys.ts";
import { asBucketError } from "./kv-errors.ts";
import { checkKeptTtl } from "./kept-ttl.ts";
import { explainUntaken } from "./untaken.ts";
import { aRevision, entryHeaders } from "./write.ts";

/** Options of the writes of a {@link BucketBatch}. */
export interface BatchWriteOptions {
  /** What goes with the entry. */
  readonly headers?: HeadersInit;
}

/** Options of `BucketBatch.create`. */
export interface BatchCreateOptions extends BatchWriteOptions {
  /**
   * Milliseconds that the value lives, at least 1000, rounded up to whole seconds. The bucket needs `limitMarkerTtl`. If the
   * bucket's `history` is above 1, a `ttl` must not be shorter than `limitMarkerTtl`. The most is the bucket's own `ttl`.
   */
  readonly ttl?: number;
}

/** Options of `BucketBatch.delete`. */
export interface BatchDeleteOptions extends BatchWriteOptions {
  /** Only if this is the key's last revision. */
  readonly revision?: number;
}

interface AnyOptions {
  readonly headers?: MessageHeaders;
  readonly ttl?: number;
  readonly revision?: number;
}

const PUT = { headers: entryHeaders } as unknown as Checks<AnyOptions>;
const CREATE = { headers: entryHeaders, ttl: aTtl } as unknown as Checks<AnyOptions>;
const DELETE = { headers: entryHeaders, revision: aRevision } as unknown as Checks<AnyOptions>;

/** A write that is kept for the commit. */
interface BatchWrite extends ExpectingWrite {
  readonly type: Written["type"];
  readonly payload: Payload;
  readonly headers: MessageHeaders | undefined;
  readonly ttl: number | undefined;
}

/** collecting: takes writes. committing: they are on their way. committed: they are stored. */
type BatchState = "collecting" | "committing" | "committed";

/** How often the batch is tried while others remove its keys, or their markers go. */
const ATTEMPTS = 5;

/**
 * Writes to several keys of a bucket, stored together or not at all, in the order in which they were added. Nothing leaves before
 * the {@link commit}. A batch has up to 1,000 writes, unless the server is configured otherwise. A method that adds a write throws
 * what the bucket's own method would reject with; and `INVALID_OPTION` for a second write to a key if one of them expects something.
 */
export class BucketBatch<In = Payload> {
  readonly #context: BucketContext;
  readonly #writes: BatchWrite[] = [];
  /** Never committed: it throws for a wrong write when the write is added. */
  readonly #rules: Batch;
  #state: BatchState = "collecting";

  /** @internal */
  constructor(context: BucketContext) {
    this.#context = context;
    this.#rules = new Batch(context.jetstream);
  }

  /** How many writes there are. */
  get size(): number {
    return this.#writes.length;
  }

  /** Writes a value, whatever the key has. */
  put(key: string, value: In, options: BatchWriteOptions = {}): this {
    return this.#add(key, "put", value, undefined, checkOptions(options as AnyOptions, PUT));
  }

  /** Writes a value if the key has none; else the commit rejects with `KEY_EXISTS`. */
  create(key: string, value: In, options: BatchCreateOptions = {}): this {
    return this.#add(key, "put", value, "none", checkOptions(options as AnyOptions, CREATE));
  }

  /** Writes a value if `revision` is the key's last one; else the commit rejects with `WRONG_REVISION`. */
  update(key: string, value: In, revision: number, options: BatchWriteOptions = {}): this {
    const expected = aRevision("revision", revision);
    return this.#add(key, "put", value, expected, checkOptions(options as AnyOptions, PUT));
  }

  /** Removes a key's value; with a `revision` only if that is its last one. */
  delete(key: string, options: BatchDeleteOptions = {}): this {
    const { revision, headers } = checkOptions(options as AnyOptions, DELETE);
    const marked = makeHeaders(headers).set(OPERATION, "DEL");
    return this.#add(key, "delete", undefined, revision, { headers: marked });
  }

  /**
   * Stores all writes. Resolves with the revision of the last one; the others have the numbers before it.
   *
   * Rejects with `KEY_EXISTS` or `WRONG_REVISION`, which name the key, and as `Batch.commit` does. After an error without `sent`
   * nothing is stored, and you may commit again. After an error with `sent` either all writes are stored or none.
   */
  async commit(options: WaitOptions = {}): Promise<BatchAck> {
    const limits = checkWait(options);
    this.#checkState();
    if (this.#writes.length === 0) throw failed("a batch without writes has nothing to commit");
    this.#state = "committing";
    try {
      const ack = await this.#commit(limits);
      this.#state = "committed";
      this.#tell(ack);
      return ack;
    } catch (thrown) {
      this.#state = "collecting";
      const explained = await explainUntaken(this.#context, thrown, limits);
      throw withStackOfCaller(asBucketError(this.#context.bucket, explained) as NatsError);
    }
  }

  #add(
    key: string,
    type: Written["type"],
    value: unknown,
    expected: BatchWrite["expected"],
    { headers, ttl }: AnyOptions,
  ): this {
    this.#checkState();
    const { schema, writePrefix } = this.#context;
    const encoded = checkKey(this.#context, key);
    const subject = writePrefix + encoded;
    const hasSchema = schema !== undefined && type === "put";
    const payload = hasSchema ? writeValue(schema, value as never, { subject }) : (value as Payload);
    this.#rules.publish(subject, payload, optionsOf({ headers, ttl }, expected === "none" ? 0 : expected));
    this.#writes.push({ key, encoded, type, payload: ownPayload(payload), headers, ttl, expected });
    return this;
  }

  async #commit(limits: WaitOptions): Promise<BatchAck> {
    const expectations = new BatchExpectations(this.#context, this.#writes);
    for (const { ttl } of this.#writes) await checkKeptTtl(this.#context, ttl, limits);
    for (let attempt = 1; ; attempt++) {
      const batch = new Batch(this.#context.jetstream);
      for (const write of this.#writes) {
        const options = optionsOf(write, expectations.of(write));
        batch.publish(this.#context.writePrefix + write.encoded, write.payload, options);
      }
      try {
        return await batch.commit(limits);
      } catch (thrown) {
        if (!isNatsError(thrown, "WRONG_LAST_SEQUENCE")) throw thrown;
        await expectations.explain(thrown, limits, attempt === ATTEMPTS);
      }
    }
  }

  #tell({ seq, count }: BatchAck): void {
    for (const [i, { encoded: key, type, payload: data, headers }] of this.#writes.entries()) {
      const written = { key, type, data, headers, revision: seq - count + 1 + i };
      for (const listener of this.#context.writeListeners) listener(written);
    }
  }

  #checkState(): void {
    if (this.#state === "committing") throw failed("the batch is being committed");
    if (this.#state === "committed") throw failed("the batch was committed: begin another");
  }
}

function optionsOf(
  { headers, ttl }: Pick<BatchWrite, "headers" | "ttl">,
  expected: number | undefined,
): MessageOptions {
  return {
    ...(headers === undefined ? {} : { headers }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(expected === undefined ? {} : { expect: { lastSubjectSequence: expected } }),
  };
}

function failed(text: string): JetStreamError {
  return new JetStreamError("BATCH_FAILED", text);
}

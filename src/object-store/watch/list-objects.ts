import { aBoolean, aSignal, type Checks, checkOptions, milliseconds } from "../../core/checks.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { TimeoutError } from "../../core/errors.ts";
import { TimeLimit } from "../../core/time-limit.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { openWatch } from "../../jetstream/consumer/open-watch.ts";
import type { Watch } from "../../jetstream/consume/watch.ts";
import { Interruption } from "../interruption.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { anyMetaSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { inWordsOf } from "../store-errors.ts";
import { readableMeta } from "./readable-meta.ts";

/** Options of what looks for objects. */
export interface ObjectListOptions extends WaitOptions {
  /** Whether objects that were deleted count. @default false */
  readonly deleted?: boolean; // OBJ-11
}

const LIST: Checks<ObjectListOptions> = { timeout: milliseconds, signal: aSignal, deleted: aBoolean };

/** Throws `INVALID_OPTION`. */
export function checkListOptions(given: ObjectListOptions): ObjectListOptions {
  return checkOptions(given, LIST);
}

const DONE: IteratorReturnResult<undefined> = { value: undefined, done: true };

// OBJ-14
/**
 * The objects that are there when the loop begins: a watch that ends where it is complete. What changes meanwhile, also by the
 * loop itself, makes it neither longer nor incomplete.
 */
export class ObjectList implements AsyncSequence<ObjectInfo> {
  readonly #context: StoreContext;
  readonly #deleted: boolean;
  readonly #timeout: number;
  readonly #interruption: Interruption;
  readonly #limit: TimeLimit;
  /** One that is put while the loop runs may come a second time. */
  readonly #told = new Set<string>();
  #watch: Watch<ObjectInfo | "end"> | undefined;
  #events: AsyncSequence<ObjectInfo | "end"> | undefined;
  /** The call before: one is served after another. */
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  /** The options are checked. */
  constructor(context: StoreContext, { deleted = false, timeout, signal }: ObjectListOptions) {
    const { connection, timeout: usual } = context.js.context;
    const what = `the list of the objects of the store "${context.store}"`;
    this.#context = context;
    this.#deleted = deleted;
    this.#timeout = timeout ?? usual;
    this.#interruption = new Interruption(connection, signal, { what });
    this.#limit = new TimeLimit(() => this.#onTimeout(what));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<ObjectInfo, undefined>> {
    const next = this.#last.then(() => inWordsOf(this.#context.store, undefined, () => this.#next()));
    this.#last = next.catch(() => undefined);
    return await next;
  }

  async return(): Promise<IteratorResult<ObjectInfo, undefined>> {
    await this.#end();
    return DONE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #next(): Promise<IteratorResult<ObjectInfo, undefined>> {
    if (this.#isOver) return DONE;
    try {
      this.#interruption.check();
      this.#events ??= this.#begin();
      this.#limit.start(this.#timeout);
      const { value } = await this.#interruption.race(this.#events.next());
      this.#limit.stop();
      if (value !== undefined && value !== "end") return { value, done: false };
    } catch (thrown) {
      await this.#end();
      throw thrown;
    }
    await this.#end();
    return DONE;
  }

  #begin(): AsyncSequence<ObjectInfo | "end"> {
    const { js, store, stream } = this.#context;
    this.#watch = openWatch<ObjectInfo | "end">(js.context, {
      stream: stream.name,
      config: { filterSubjects: [anyMetaSubject(store)], deliverPolicy: "last-per-subject" },
      read: (message) => {
        const info = readableMeta(this.#context, message);
        if (info === undefined || (info.deleted && !this.#deleted) || this.#told.has(info.name))
          return undefined;
        this.#told.add(info.name);
        return info;
      },
      synced: () => "end",
    });
    return this.#watch[Symbol.asyncIterator]();
  }

  #onTimeout(what: string): void {
    const text = `timed out after ${this.#timeout} ms waiting for ${what}`;
    this.#interruption.fail(new TimeoutError(text, { elapsed: this.#timeout }));
  }

  async #end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#limit.stop();
    this.#interruption.release();
    await this.#watch?.stop();
  }
}

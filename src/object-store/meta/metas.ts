import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import { rest } from "../../core/rest.ts";
import { latinMetaSubject, metaSubject } from "../names.ts";
import { type StoreContext, untilLinked } from "../store-context.ts";
import { objectChanged } from "../store-errors.ts";
import { type LastMeta, readMeta } from "./read-meta.ts";
import type { WireMeta } from "./wire-meta.ts";

/** How often a change is tried because somebody else was quicker. */
const TRIES = 20;

/** Milliseconds to the next attempt, at most. It doubles each time, so that a hundred writers at once find their turn. */
const PAUSE = 20;
const LONGEST_PAUSE = 2000;

/** Makes the next meta of the last one, which is undefined if there is none. If it rejects, nothing is written. */
export type MetaChange = (last: LastMeta | undefined) => WireMeta | Promise<WireMeta>;

type Place = Pick<LastMeta, "subject" | "revision">;

/** The meta that was written, and the one that it replaced. */
export interface Replaced {
  readonly written: LastMeta;
  readonly before: LastMeta | undefined;
}

/** Reads and writes the metas of a store. */
export class Metas {
  readonly #context: StoreContext;
  readonly #ids = new UniqueIds();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The last meta of an object, as the leader has it: replicas may lag. Rejects with `OBJECT_CORRUPT` if it can't be read. */
  async last(name: string, limits: WaitOptions): Promise<LastMeta | undefined> {
    const message = await this.#read(name, limits);
    return message === undefined ? undefined : readMeta(this.#context.store, message);
  }

  /** As {@link last}, to replace or delete an object: of a meta that can't be read only the revision counts. */
  async lastReadable(name: string, limits: WaitOptions): Promise<LastMeta | undefined> {
    const message = await this.#read(name, limits);
    if (message === undefined) return undefined;
    try {
      return readMeta(this.#context.store, message);
    } catch {
      return unreadable(this.#context.store, name, message);
    }
  }

  /**
   * Replaces the last meta by what `change` makes of it. If somebody else was quicker, `change` is called again with the new one.
   * Rejects as `change` and as a publish do. An error with `sent` means that the meta may be written, and nobody could find out.
   */
  async replace(name: string, change: MetaChange, limits: WaitOptions): Promise<Replaced> {
    let before = await this.lastReadable(name, limits);
    for (let tries = 1; ; tries++) {
      const wire = await change(before);
      try {
        return { written: await this.#write(before ?? this.#nothing(name), wire, limits), before };
      } catch (thrown) {
        const now = await this.#after(name, thrown, limits);
        if (now !== undefined && saysTheSame(now.wire, wire)) return { written: now, before };
        if (!isNatsError(thrown, "WRONG_LAST_SEQUENCE")) throw thrown;
        if (tries === TRIES) throw this.#changedByOthers(name, thrown);
        const pause = growingPause(PAUSE, tries, LONGEST_PAUSE) * Math.random();
        await rest(pause, limits, { what: `another attempt to change "${name}"` });
        // What was read before the pause may be out of date.
        before = await this.lastReadable(name, limits);
      }
    }
  }

  /**
   * The meta after a write that failed. It may be the one that was to be written: an attempt without an answer may have been stored,
   * and then the server refuses the repetition, for it checks the expected revision before the id.
   */
  async #after(name: string, thrown: unknown, limits: WaitOptions): Promise<LastMeta | undefined> {
    const isRefused = isNatsError(thrown, "WRONG_LAST_SEQUENCE");
    if (!isRefused && !(isNatsError(thrown) && thrown.sent === true)) throw thrown;
    try {
      return await this.lastReadable(name, limits);
    } catch (error) {
      throw isRefused ? error : thrown;
    }
  }

  #changedByOthers(name: string, cause: NatsError): NatsError {
    const how = `was changed by others ${TRIES} times meanwhile`;
    return objectChanged(this.#context.store, name, how, { cause });
  }

  /** The place of an object that has no meta. */
  #nothing(name: string): Place {
    return { subject: metaSubject(this.#context.store, name), revision: 0 };
  }

  /**
   * Writes a meta in place of the one at this revision. Rejects with `WRONG_LAST_SEQUENCE` if that is no longer the last, and as a
   * publish does. The message has an id, so that the publish is repeated after a lost link.
   */
  async #write({ subject, revision }: Place, wire: WireMeta, limits: WaitOptions): Promise<LastMeta> {
    const { js, store } = this.#context;
    const { seq } = await js.publish(subject, JSON.stringify(wire), {
      ...limits,
      // OBJ-12: without it they would pile up.
      rollup: "subject",
      msgId: this.#ids.next(),
      expect: { lastSubjectSequence: revision },
    });
    const time = new Date();
    const written = { seq, time, subject, string: () => JSON.stringify(wire) };
    return readMeta(store, written as StoredMessage);
  }

  /** Removes the metas of this subject up to this revision. */
  async remove({ subject, revision }: Place, limits: WaitOptions): Promise<void> {
    await this.#context.stream.purge({ ...limits, filter: subject, seq: revision + 1 });
  }

  async #read(name: string, limits: WaitOptions): Promise<StoredMessage | undefined> {
    const { store } = this.#context;
    const found = await this.#get(metaSubject(store, name), limits);
    const other = latinMetaSubject(store, name);
    return found === undefined && other !== undefined ? await this.#get(other, limits) : found;
  }

  /** A read that a lost link ends is made once more, or a put would have uploaded all its chunks in vain. */
  async #get(subject: string, limits: WaitOptions): Promise<StoredMessage | undefined> {
    const { js, stream } = this.#context;
    const options = { ...limits, leader: true };
    try {
      return await stream.get({ lastBySubject: subject }, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "DISCONNECTED")) throw thrown;
      await untilLinked(this.#context, limits.timeout ?? js.context.timeout);
      return await stream.get({ lastBySubject: subject }, options);
    }
  }
}

function saysTheSame(one: WireMeta, other: WireMeta): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function unreadable(
  store: string,
  name: string,
  { seq: revision, time: modified, subject }: StoredMessage,
): LastMeta {
  const nothing = { name, nuid: "", size: 0, chunks: 0, deleted: false };
  const info = { ...nothing, store, revision, modified };
  return { revision, subject, info, wire: { ...nothing, bucket: store, mtime: modified.toISOString() } };
}

import { isNatsError } from "../../core/errors.ts";
import { UniqueIds } from "../../core/requests/unique-ids.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { StoredMessage } from "../../jetstream/message/stored-message.ts";
import { rest } from "../../jetstream/publish/rest.ts";
import { latinMetaSubject, metaSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged } from "../store-errors.ts";
import { type LastMeta, readMeta } from "./read-meta.ts";
import type { WireMeta } from "./wire-meta.ts";

/** How often a change is tried anew because somebody else was quicker. */
const TRIES = 20;

/** Milliseconds after which it is tried anew if the server can't tell yet who was. */
const PAUSE = 20;

/** What a change makes of what was told last: undefined if there was nothing. It may reject, and then nothing is written. */
export type MetaChange = (last: LastMeta | undefined) => WireMeta | Promise<WireMeta>;

type Place = Pick<LastMeta, "subject" | "revision">;

/** What was written, and in place of what. */
export interface Replaced {
  readonly written: LastMeta;
  readonly before: LastMeta | undefined;
}

/** Reads and writes what is told of the objects of a store. */
export class Metas {
  readonly #context: StoreContext;
  readonly #ids = new UniqueIds();

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The last that was told, by the leader: replicas may lag. Rejects with `OBJECT_CORRUPT` for what can't be read. */
  async last(name: string, limits: WaitOptions): Promise<LastMeta | undefined> {
    const message = await this.#read(name, limits);
    return message === undefined ? undefined : readMeta(this.#context.store, message);
  }

  /** As {@link last}, of an object that is replaced or deleted: of what can't be read only the revision counts. */
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
   * Writes what `change` makes of what was told last, and of nothing else: if somebody else is quicker it is made anew. Beside
   * what `change` rejects with it rejects as a publish does.
   */
  async replace(name: string, change: MetaChange, limits: WaitOptions): Promise<Replaced> {
    for (let tries = 1; ; tries++) {
      const before = await this.lastReadable(name, limits);
      const wire = await change(before);
      try {
        const written = await this.write(before ?? this.#nothing(name), wire, limits);
        return { written, before };
      } catch (thrown) {
        if (!isNatsError(thrown, "WRONG_LAST_SEQUENCE")) throw thrown;
        const { store } = this.#context;
        if (tries === TRIES)
          throw objectChanged(store, name, `was changed by others ${TRIES} times meanwhile`, {
            cause: thrown,
          });
        await rest(PAUSE * Math.random() * tries, limits, { what: `another attempt to change "${name}"` });
      }
    }
  }

  /** Before anything was told of it. */
  #nothing(name: string): Place {
    return { subject: metaSubject(this.#context.store, name), revision: 0 };
  }

  /**
   * Writes it in place of what was told last. Rejects with `WRONG_LAST_SEQUENCE` if that is no longer the last, and as a publish
   * does. It has an id, so that it is repeated after a lost link.
   */
  async write({ subject, revision }: Place, wire: WireMeta, limits: WaitOptions): Promise<LastMeta> {
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

  /** Removes what was told, up to this. */
  async remove({ subject, revision }: Place, limits: WaitOptions): Promise<void> {
    await this.#context.stream.purge({ ...limits, filter: subject, seq: revision + 1 });
  }

  async #read(name: string, limits: WaitOptions): Promise<StoredMessage | undefined> {
    const { store, stream } = this.#context;
    const options = { ...limits, leader: true };
    const found = await stream.get({ lastBySubject: metaSubject(store, name) }, options);
    const other = latinMetaSubject(store, name);
    return found === undefined && other !== undefined
      ? await stream.get({ lastBySubject: other }, options)
      : found;
  }
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

import { rest } from "../../core/rest.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { Metas } from "../meta/metas.ts";
import type { ObjectInfo } from "../meta/object-info.ts";
import { chunkSubject } from "../names.ts";
import type { StoreContext } from "../store-context.ts";
import { objectChanged, objectCorrupt } from "../store-errors.ts";
import { isVerdict } from "./verdict.ts";

/**
 * Milliseconds after which an object that lacks chunks is looked at again. A leader that was frozen answers for a moment as if it
 * still were one, and knows nothing of the object that took its place (nats-server 2.15).
 */
const AGAIN = 500;

/**
 * Asks the leader whether all chunks of an object are there. One look runs at a time. It rejects with `OBJECT_CHANGED` if chunks
 * are missing because the object was replaced or deleted, and with `OBJECT_CORRUPT` if the object still stands.
 */
export class LookAfter {
  readonly #context: StoreContext;
  readonly #info: ObjectInfo;
  readonly #limits: WaitOptions;
  #running: Promise<void> | undefined;

  constructor(context: StoreContext, info: ObjectInfo, limits: WaitOptions) {
    this.#context = context;
    this.#info = info;
    this.#limits = limits;
  }

  /** The look that is under way, or one that begins now. */
  join(): Promise<void> {
    this.#running ??= this.#look().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Looks from now on. A look under way counts if it finds something missing; that it finds all chunks may be old news. */
  async anew(): Promise<void> {
    await this.#running?.catch((thrown: unknown) => {
      if (isVerdict(thrown)) throw thrown;
    });
    await this.join();
  }

  async #look(): Promise<void> {
    const { store, name, chunks } = this.#info;
    if ((await this.#countChunks()) >= chunks) return;
    if (await this.#stands()) {
      await rest(AGAIN, {}, { what: `another look at the object "${name}"` });
      const found = await this.#countChunks();
      if (found >= chunks) return;
      if (await this.#stands())
        throw objectCorrupt(store, name, `${found} of its ${chunks} chunks are there`);
    }
    throw objectChanged(store, name, "was replaced or deleted while it was read");
  }

  async #countChunks(): Promise<number> {
    const { store, nuid } = this.#info;
    let found = 0;
    const counts = this.#context.stream.subjects(chunkSubject(store, nuid), this.#limits);
    for await (const [, messages] of counts) found += messages;
    return found;
  }

  /** Whether the object was neither replaced nor deleted. */
  async #stands(): Promise<boolean> {
    const { name, nuid } = this.#info;
    const last = await new Metas(this.#context).lastReadable(name, this.#limits);
    return last?.info.nuid === nuid && !last.info.deleted;
  }
}

import { chunkNotLoaded } from "../failures.ts";
import type * as OnDemand from "./on-demand.ts";

export type LoadedCode = typeof OnDemand;

/** The part of the code that a page connects without. It is loaded once there is a link, or before if something needs it. */
export class CodeOnDemand {
  #loaded: LoadedCode | undefined;

  constructor(loaded?: LoadedCode) {
    this.#loaded = loaded;
  }

  /** Undefined until it is loaded. */
  get loaded(): LoadedCode | undefined {
    return this.#loaded;
  }

  /** Rejects with `CHUNK_NOT_LOADED`; the next call tries again. */
  async load(): Promise<LoadedCode> {
    try {
      return (this.#loaded ??= await import("./on-demand.ts"));
    } catch (thrown) {
      throw chunkNotLoaded(thrown);
    }
  }
}

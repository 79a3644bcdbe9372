import { isNatsError } from "../../core/errors.ts";
import { JetStreamError } from "../errors.ts";

/** Of a consumer: how its creation went, and whether it is being removed. `unknown`: no answer came. */
interface Made {
  creation: "asked" | "made" | "unknown";
  isRemoving: boolean;
}

/**
 * The consumers that the server may have of a series. An answer can be lost, or come when nobody needs the consumer any more: each
 * stays in the list until the server says that it is gone.
 */
export class MadeConsumers {
  readonly #remove: (name: string, isUncertain: boolean) => Promise<void>;
  readonly #made = new Map<string, Made>();

  /** `remove` never rejects; `isUncertain`: the server may make it after it was looked for. */
  constructor(remove: (name: string, isUncertain: boolean) => Promise<void>) {
    this.#remove = remove;
  }

  /** `ask` asks the server for a consumer of that name. */
  async make<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const made: Made = { creation: "asked", isRemoving: false };
    this.#made.set(name, made);
    try {
      const answer = await ask();
      made.creation = "made";
      return answer;
    } catch (thrown) {
      made.creation = "unknown";
      if (!mayBeMade(thrown)) this.#made.delete(name);
      throw thrown;
    }
  }

  /** Removes all others, which nobody waits for. */
  keepOnly(name: string | undefined): void {
    for (const [other, made] of this.#made) {
      if (other !== name && !made.isRemoving) void this.#removeOne(other, made);
    }
  }

  async #removeOne(name: string, made: Made): Promise<void> {
    made.isRemoving = true;
    await this.#remove(name, made.creation !== "made");
    made.isRemoving = false;
    if (made.creation !== "asked") this.#made.delete(name);
  }
}

/** The server may have made it, though the creation failed: no answer came. */
function mayBeMade(thrown: unknown): boolean {
  return isNatsError(thrown) && thrown.sent === true && !(thrown instanceof JetStreamError);
}

import { isNatsError } from "../../core/errors.ts";
import { JetStreamError } from "../errors.ts";

/**
 * A consumer in the list: whether it waits for the answer to its creation, whether that never came, and whether it waits for
 * the answer to its removal.
 */
interface Made {
  isAsked: boolean;
  isUncertain: boolean;
  isRemoving: boolean;
}

/**
 * The consumers of a series that the server may have. An answer can be lost, or come when nobody needs the consumer any more. So each
 * consumer stays in the list until the server says that it is gone.
 */
export class MadeConsumers {
  readonly #delete: (name: string, isUncertain: boolean) => Promise<void>;
  readonly #made = new Map<string, Made>();

  /** `isUncertain`: nobody knows whether the server has made it, or will. */
  constructor(remove: (name: string, isUncertain: boolean) => Promise<void>) {
    this.#delete = remove;
  }

  /** `ask` asks the server for a consumer of that name. */
  async make<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const made = { isAsked: true, isUncertain: false, isRemoving: false };
    this.#made.set(name, made);
    try {
      return await ask();
    } catch (thrown) {
      made.isUncertain = mayBeMade(thrown);
      if (!made.isUncertain) this.#made.delete(name);
      throw thrown;
    } finally {
      made.isAsked = false;
    }
  }

  /** Begins to remove all others. A removal that fails is tried again at the next call. */
  keepOnly(name: string | undefined): void {
    for (const [other, made] of this.#made) {
      if (other !== name && !made.isRemoving) void this.#remove(other, made);
    }
  }

  async #remove(name: string, made: Made): Promise<void> {
    const mayComeLater = made.isAsked;
    made.isRemoving = true;
    const outcome = await this.#delete(name, made.isUncertain).then(() => "removed" as const, outcomeOf);
    made.isRemoving = false;
    if (outcome === "unknown") return;
    // The removal came before the creation was done: there may be one by now.
    if (outcome === "missing" && mayComeLater) {
      if (!made.isAsked) void this.#remove(name, made);
      return;
    }
    this.#made.delete(name);
  }
}

/** The server may have made it, though the creation failed: no answer came. */
function mayBeMade(thrown: unknown): boolean {
  return isNatsError(thrown) && thrown.sent === true && !(thrown instanceof JetStreamError);
}

function outcomeOf(thrown: unknown): "missing" | "unknown" {
  const isMissing = isNatsError(thrown, "CONSUMER_NOT_FOUND") || isNatsError(thrown, "STREAM_NOT_FOUND");
  return isMissing ? "missing" : "unknown";
}

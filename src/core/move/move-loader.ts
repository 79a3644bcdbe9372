import type { HandOverHost } from "./hand-over-host.ts";
import type { HandOver } from "./hand-over.ts";

/** What moves a connection, when it is loaded. */
type Loaded = Readonly<Record<"HandOver", new (host: HandOverHost) => HandOver>>;

/**
 * Loads the code that moves a connection once it has a link, so that a page connects without waiting for it. Nothing
 * else depends on it: a link that is lost is restored without it.
 */
export class MoveLoader {
  readonly #host: HandOverHost;
  readonly #import: () => Promise<Loaded>;
  #loaded: HandOver | undefined;
  #loading: Promise<HandOver> | undefined;

  constructor(host: HandOverHost, load: () => Promise<Loaded>) {
    this.#host = host;
    this.#import = load;
  }

  /** Undefined as long as no move can have begun. */
  get loaded(): HandOver | undefined {
    return this.#loaded;
  }

  /** Loads it in the background. If that fails, whoever needs a move tries again. */
  prepare(): void {
    if (this.#loaded === undefined) this.load().catch(() => undefined);
  }

  /** Rejects with what loading fails with. */
  load(): Promise<HandOver> {
    return (this.#loading ??= this.#load());
  }

  async #load(): Promise<HandOver> {
    try {
      const { HandOver } = await this.#import();
      return (this.#loaded = new HandOver(this.#host));
    } catch (thrown) {
      this.#loading = undefined;
      throw thrown;
    }
  }
}

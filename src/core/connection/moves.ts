import { toError } from "../errors.ts";
import type { HandOverHost } from "../move/hand-over-host.ts";
import type { HandOver } from "../move/hand-over.ts";
import type { Connector } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { LinkEvents } from "./link-events.ts";
import type { StateMachine } from "./state.ts";

/** What moves a connection, when it is loaded. */
type Loaded = Readonly<Record<"HandOver", new (host: HandOverHost) => HandOver>>;

/** What moves need of the connection's life. */
export interface MovesHost extends HandOverHost {
  readonly connection: HandOverHost["connection"] & { readonly code: { load(): Promise<Loaded> } };
  readonly state: StateMachine;
  readonly inUse: LinkInUse;
  readonly connector: Connector;
  readonly links: LinkEvents;
}

/**
 * The moves of a connection from one server to another. Their code is loaded once there is a link, so that a page
 * connects without waiting for it. Nothing else depends on it: a link that is lost is restored without it.
 */
export class Moves {
  readonly #host: MovesHost;
  #loaded: HandOver | undefined;
  #preparing: Promise<unknown> | undefined;

  constructor(host: MovesHost) {
    this.#host = host;
  }

  /** Undefined as long as no move can have begun. */
  get loaded(): HandOver | undefined {
    return this.#loaded;
  }

  /** Loads the code in the background. If that fails, whoever needs a move tries again. */
  prepare(): void {
    if (this.#loaded === undefined) this.#preparing = this.#load().catch(() => undefined);
  }

  /** Rejects with what loading fails with. */
  async load(): Promise<HandOver> {
    // If that failed, its cause may be gone by now: it is tried once more.
    await this.#preparing;
    return this.#loaded ?? (await this.#load());
  }

  async #load(): Promise<HandOver> {
    const { HandOver } = await this.#host.connection.code.load();
    return (this.#loaded ??= new HandOver(this.#host));
  }

  /** To another server, or to the same one if there is no other. Rejects when that fails; the link then stays. */
  async begin(): Promise<void> {
    const handOver = this.#loaded ?? (await this.load());
    const { inUse, state } = this.#host;
    const { link, server } = inUse;
    if (link !== undefined && state.current === "connected") await handOver.begin(link, server);
  }

  /** Makes a link beside the one in use. */
  async dial(avoided: Server | undefined, signal: AbortSignal): Promise<void> {
    const ready = await this.#host.connector.another(avoided, signal);
    if (signal.aborted) {
      ready.link.destroy();
      throw toError(signal.reason);
    }
    this.#loaded!.onEstablished(ready);
    ready.link.listen(this.#host.links);
  }
}

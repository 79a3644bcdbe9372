import type { ConnectionError, NatsError } from "../errors.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import { WaitingList } from "../waiting-list.ts";
import type { Connector } from "../servers/connector.ts";
import type { LinkInUse } from "./link-in-use.ts";
import type { Moves } from "./moves.ts";
import type { StateMachine } from "./state.ts";

/** What making a new link on demand needs of the connection. */
export interface RenewalHost {
  readonly state: StateMachine;
  readonly inUse: LinkInUse;
  readonly moves: Moves;
  readonly connector: Connector;
}

/** A new link in place of the one there is, on demand; or an attempt at once if there is none. */
export class Renewal {
  readonly #host: RenewalHost;
  readonly #waitingForLink = new WaitingList({ what: "a link to a server" });

  constructor(host: RenewalHost) {
    this.#host = host;
  }

  /** Resolves when there is a new link. */
  async renew(options: WaitLimits): Promise<void> {
    const renewed = new Waiter<void>(options, { what: "a new link to a server" });
    this.#renew(renewed, options).then(
      () => renewed.resolve(),
      (thrown: unknown) => renewed.reject(thrown as NatsError),
    );
    await renewed.promise;
  }

  onLink(): void {
    this.#waitingForLink.resolve();
  }

  onClosed(error: ConnectionError): void {
    this.#waitingForLink.reject(error);
  }

  async #renew(renewed: Waiter<void>, options: WaitLimits): Promise<void> {
    const { connector, inUse, moves, state } = this.#host;
    state.checkOpen();
    await this.#loadMoves();
    // A move under way began before this call: it may use credentials and servers that have been replaced since.
    while (moves.loaded?.moving !== undefined) await moves.loaded.moving.catch(() => undefined);
    if (renewed.isSettled) return;
    const { link } = inUse;
    if (link !== undefined) {
      state.checkOpen();
      try {
        await this.#moveFor(renewed);
      } catch (thrown) {
        if (inUse.link === link) throw thrown;
      }
      // A move ends quietly when a drain, a close or the loss of the link overtakes it.
      if (inUse.link !== undefined && inUse.link !== link) return;
    }
    state.checkOpen();
    const hasLink = this.#waitingForLink.wait(options);
    connector.hurry();
    await hasLink;
  }

  /** Rejects if a move can't be made; a link that is lost meanwhile is restored without. */
  async #loadMoves(): Promise<void> {
    const { inUse, moves } = this.#host;
    const { link } = inUse;
    if (link === undefined) return;
    try {
      await moves.load();
    } catch (thrown) {
      if (inUse.link === link) throw thrown;
    }
  }

  /** Gives its move up when the wait ends early; a move that others began goes on. */
  async #moveFor(renewed: Waiter<void>): Promise<void> {
    const { moves } = this.#host;
    let isMoving = true;
    renewed.promise.catch(() => {
      if (isMoving) moves.loaded?.giveUp();
    });
    try {
      await moves.begin();
    } finally {
      isMoving = false;
    }
  }
}

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

/**
 * A new link in place of the one there is, on demand; or an attempt at once if there is none. Calls share a move that
 * began after each of them: an older one may use credentials and servers that have been replaced since.
 */
export class Renewal {
  readonly #host: RenewalHost;
  /** How many calls wait for the move that one of them began. */
  #sharing = 0;
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
    const begun = moves.loaded?.begun ?? 0;
    await this.#loadMoves();
    // Others that waited for the same move may have begun the next one by now.
    if (moves.loaded?.begun === begun) await moves.loaded.moving?.catch(() => undefined);
    if (renewed.isSettled) return;
    const { link } = inUse;
    if (link !== undefined) {
      state.checkOpen();
      try {
        await this.#shareMove(renewed);
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

  /**
   * When the last call that shares the move has given up waiting, the move is given up; one that lame duck mode began goes on.
   */
  async #shareMove(renewed: Waiter<void>): Promise<void> {
    const { moves } = this.#host;
    const isOwn = this.#sharing > 0 || moves.loaded?.moving === undefined;
    if (!isOwn) return await moves.begin();
    let isSharing = true;
    const leave = (): void => {
      if (isSharing) this.#sharing--;
      isSharing = false;
    };
    this.#sharing++;
    renewed.promise.catch(() => {
      if (!isSharing) return;
      leave();
      if (this.#sharing === 0) moves.loaded?.giveUp();
    });
    await moves.begin().finally(leave);
  }
}

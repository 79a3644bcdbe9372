import type { ConnectionError, NatsError } from "../errors.ts";
import type { Link } from "../link/link.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import { WaitingList } from "../waiting-list.ts";
import type { MoveLoader } from "../move/move-loader.ts";
import type { Connector } from "../servers/connector.ts";

/** What making a new link on demand needs of the connection. */
export interface RenewalHost {
  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`, where no further link will be made. */
  checkOpen(): void;
  /** The link in use. */
  link(): Link | undefined;
  readonly moves: MoveLoader;
  readonly connector: Connector;
  /** Begins a move. Rejects when it fails; the link then stays. */
  move(): Promise<void>;
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
    this.#host.checkOpen();
    await this.#loadMoves();
    // The link that a move is about to take was asked for before: credentials and servers may be others by now.
    const { moves } = this.#host;
    while (moves.loaded?.moving !== undefined) await moves.loaded.moving.catch(() => undefined);
    if (renewed.isSettled) return;
    const link = this.#host.link();
    if (link !== undefined) {
      this.#host.checkOpen();
      try {
        await this.#moveFor(renewed);
        return;
      } catch (thrown) {
        if (this.#host.link() === link) throw thrown;
      }
    }
    this.#host.checkOpen();
    const hasLink = this.#waitingForLink.wait(options);
    this.#host.connector.hurry();
    await hasLink;
  }

  /** Rejects if a move can't be made; a link that is lost meanwhile is restored without. */
  async #loadMoves(): Promise<void> {
    const link = this.#host.link();
    if (link === undefined) return;
    try {
      await this.#host.moves.load();
    } catch (thrown) {
      if (this.#host.link() === link) throw thrown;
    }
  }

  /** Gives up with the one who waits; a move that others began is none of his. */
  async #moveFor(renewed: Waiter<void>): Promise<void> {
    let isMoving = true;
    renewed.promise.catch(() => {
      if (isMoving) this.#host.moves.loaded?.giveUp();
    });
    try {
      await this.#host.move();
    } finally {
      isMoving = false;
    }
  }
}

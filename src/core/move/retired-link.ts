import type { SubscriptionTable } from "../delivery/subscription-table.ts";
import { ConnectionError, type NatsError } from "../errors.ts";
import { lostLinkError } from "../failures.ts";
import type { Link, Route } from "../link/link.ts";
import type { Given, PingQueue } from "../link/ping-queue.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { Waiter } from "../waiter.ts";
import { ProgressWatch } from "./progress-watch.ts";

/** How long what was written may take to leave once nothing more is to come, in milliseconds. */
const CLOSE_LIMIT = 1000;

/** What a move has left behind at a server. */
export interface LeftBehind {
  /** Why it is not waited for any longer; undefined if all has come. */
  readonly error: NatsError | undefined;
  /** Messages that the link had taken, and the server has not confirmed: the most that can have been lost. */
  readonly unconfirmed: number;
  /** Messages that came too late for subscriptions without a queue group, which were at the next server by then. */
  readonly dropped: number;
}

/** The link that a move leaves, as it is then. */
export interface LeftLink {
  readonly link: Link;
  /** How many PINGs it has not answered; 0 if its barrier was reached. */
  readonly asked: number;
  /** Commands that it is to be told as soon as it takes something. */
  readonly commands: Uint8Array[];
  /** What it was given; later messages go by another link. */
  readonly given: Given;
}

/** What a retired link needs of the hand-over. */
export interface RetiredLinkHost {
  readonly table: SubscriptionTable;
  /** Those of the link in use. */
  readonly pings: PingQueue;
  /** Milliseconds after which a link that gets nothing across is given up. */
  readonly patience: number;
  onLeftBehind(link: Link, left: LeftBehind): void;
}

/**
 * A link that the connection has left, by which responses still come. A server that was too slow to confirm the end of the
 * other subscriptions may also send what it has chosen members of queue groups for: it is waited for until it has answered
 * all PINGs.
 */
export class RetiredLink implements Route {
  readonly link: Link;
  readonly #given: Given;
  readonly #pings: PingQueue;
  readonly #host: RetiredLinkHost;
  readonly #arrived = new Waiter<void>({}, { what: "the server that was left" });
  readonly #watch: ProgressWatch | undefined;
  #commands: Uint8Array[];
  #dropped = 0;
  #isOver = false;

  constructor(left: LeftLink, host: RetiredLinkHost) {
    this.link = left.link;
    this.#given = left.given;
    this.#host = host;
    this.#commands = left.commands;
    this.#pings = host.pings.leave(left.asked, (command) => this.#tell(command));
    if (left.asked === 0) this.#arrived.resolve();
    else this.#watch = new ProgressWatch(left.link, host.patience, () => this.#onStalled());
  }

  /** Resolves when it has answered all PINGs, or is given up. */
  get arrived(): Promise<void> {
    return this.#arrived.promise;
  }

  /** The PINGs that it has not answered; undefined if all has come. */
  get pings(): PingQueue | undefined {
    return this.#arrived.isSettled ? undefined : this.#pings;
  }

  route(frame: MessageFrame): void {
    const interest = this.#host.table.get(frame.sid);
    if (interest === undefined) return;
    if (interest.takesReplies || interest.queue !== undefined) interest.receive(frame);
    // The next server may have sent it too, or later ones: it would come twice, or out of order.
    else this.#dropped++;
  }

  unpin(): void {
    // What the link in use brings is unpinned by its own chunks.
  }

  onDrain(): void {
    const commands = this.#commands;
    this.#commands = [];
    if (commands.length > 0) this.link.transport.writeAll(commands);
  }

  onPong(): void {
    // What this link had not taken went to the link in use.
    this.#pings.onPong(this.#host.pings);
    if (this.#pings.length === 0) this.#arrive();
  }

  onLost(error: NatsError): void {
    this.#end(lostLinkError(this.link.url, error));
  }

  /** Ends it: all has come, or the connection closes. */
  async close(error: NatsError): Promise<void> {
    await this.link.close(CLOSE_LIMIT);
    this.#end(error);
  }

  #onStalled(): void {
    const { url } = this.link;
    this.link.fail(
      new ConnectionError("STALE_CONNECTION", `${url}, which was left, went silent`, { server: url }),
    );
  }

  #end(error: NatsError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#watch?.stop();
    const unconfirmed = this.#arrived.isSettled ? 0 : this.#pings.unconfirmed(this.#given);
    this.#pings.fail(error);
    this.#arrived.resolve();
    this.#tellLeft(error, unconfirmed);
  }

  /** All has come and is confirmed; only responses come now. */
  #arrive(): void {
    if (this.#arrived.isSettled) return;
    this.#watch?.stop();
    this.#arrived.resolve();
    this.#tellLeft(undefined, 0);
  }

  #tellLeft(error: NatsError | undefined, unconfirmed: number): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (unconfirmed > 0 || dropped > 0) this.#host.onLeftBehind(this.link, { error, unconfirmed, dropped });
  }

  #tell(command: Uint8Array): void {
    if (this.#commands.length > 0) this.#commands.push(command);
    else this.link.transport.writeAll([command]);
  }
}

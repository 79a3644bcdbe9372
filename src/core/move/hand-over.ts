import { ConnectionError, type NatsError, type PermissionError } from "../errors.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { WaitLimits } from "../waiter.ts";
import type { BarrierEnd } from "../barrier.ts";
import { ClusterProbe } from "./cluster-probe.ts";
import { lostLinkError } from "../failures.ts";
import type { Link } from "../link/link.ts";
import type { Outbox } from "../outbound/outbox.ts";
import { PingQueue } from "../link/ping-queue.ts";
import type { ServerLink } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";
import type { SubscriptionTable } from "../delivery/subscription-table.ts";

/** What a hand-over needs of the connection's life. */
export interface HandOverHost {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly pings: PingQueue;
  /** Makes one more link, of which `onEstablished` is told; rejects when that fails. */
  dial(avoided: Server | undefined, signal: AbortSignal): Promise<void>;
  /**
   * The connection goes on with this link; `commands` are for its server, in front of everything else. For `gap`
   * milliseconds subscriptions without a queue group were at neither server.
   */
  onTaken(next: NextLink, commands: Uint8Array[], gap: number): void;
  newInbox(): string;
  /** Requests from now on get another inbox. Resolves when those of before have settled. */
  renewInbox(): Promise<void>;
}

/** A link beside the one in use, and what it has been asked. */
export interface NextLink extends ServerLink {
  readonly pings: PingQueue;
}

/** How long the old server may take to say that it has ended everything; one that is too slow is left all the same. */
const ANSWER_LIMIT = 2000;

/** How long what was written to the old link may take to leave. */
const CLOSE_LIMIT = 1000;

/**
 * Moves a connection from its link to another one without an outage and without a duplicate:
 *
 * 1. The new link is made while the old one serves on.
 * 2. Queue subscriptions begin there: a member of a group may be there twice, a message comes once. When a message
 *    from the old server has come by the new one, the whole cluster knows of them. Until step 3 is over messages of
 *    one publisher come by both links, and nothing says which was first.
 * 3. All others end at the old server; its PONG says that everything sent there has been received and processed, both
 *    ways. What is published meanwhile is held back.
 * 4. They begin at the new server, and what was held back follows. Of a plain subscription only what is published
 *    within this one round trip is missed.
 * 5. Requests that are under way get their responses on the old link, which is closed when the last has settled.
 */
export class HandOver {
  readonly #host: HandOverHost;
  #moving: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #next: NextLink | undefined;
  /** The last one: what it caused may be refused after it has ended. */
  #probe: ClusterProbe | undefined;
  readonly #retired = new Set<Link>();

  constructor(host: HandOverHost) {
    this.#host = host;
  }

  /** The move under way. */
  get moving(): Promise<void> | undefined {
    return this.#moving;
  }

  /** Begins a move, or joins the one under way. Rejects when no other link can be made; all is as it was then. */
  begin(old: Link, avoided: Server | undefined): Promise<void> {
    return (this.#moving ??= this.#move(old, avoided).finally(() => {
      this.#moving = undefined;
    }));
  }

  /** Gives the move up, unless the other link is there already. */
  giveUp(): void {
    if (this.#next === undefined) this.#abort?.abort(new Error("nobody waits for the move any more"));
  }

  async #move(old: Link, avoided: Server | undefined): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      await this.#host.dial(avoided, abort.signal);
      if (this.#next !== undefined) await this.#beginEarly(this.#next.link);
      const startedAt = performance.now();
      const hasNext = this.#next !== undefined;
      if (hasNext) await this.#endAtOld();
      // The old link was lost meanwhile, or the connection closed: then the next one has been taken care of.
      if (this.#abort !== abort) return;
      if (this.#next === undefined) this.#goBack(old, hasNext);
      this.#switch(old, this.#next, startedAt);
    } finally {
      if (this.#abort === abort) this.#abort = undefined;
    }
  }

  /** The handshake of the next link is over. */
  onEstablished(ready: ServerLink): void {
    const { transport } = ready.link;
    const pings = new PingQueue((command) => void transport.writeAll([command]));
    this.#next = { ...ready, pings };
  }

  async #beginEarly(next: Link): Promise<void> {
    const { table, outbox } = this.#host;
    const tell = (commands: Uint8Array[]): void => void next.transport.writeAll(commands);
    if (!table.beginEarly(tell)) return;
    const probe = new ClusterProbe(this.#host.newInbox(), table.nextSid(), (command) =>
      outbox.command(command),
    );
    this.#probe = probe;
    next.routeTo({
      route: (frame) => (probe.take(frame.sid) ? undefined : table.route(frame)),
      settle: () => table.settle(),
    });
    await probe.run(tell);
    next.routeTo(table);
  }

  async #endAtOld(): Promise<void> {
    const { outbox, table, pings } = this.#host;
    for (const command of table.endings()) outbox.command(command);
    const answered = pings.flush({ timeout: ANSWER_LIMIT });
    outbox.hold();
    await answered.catch(() => undefined);
  }

  /** The next link was lost: everything begins again at the old server, if it has ended there. */
  #goBack(old: Link, hasEnded: boolean): never {
    const { outbox, table } = this.#host;
    if (hasEnded) outbox.release(table.restore());
    const message = `the link to another server was lost before ${old.url} was left`;
    throw new ConnectionError("DISCONNECTED", message, { server: old.url });
  }

  #switch(old: Link, next: NextLink, startedAt: number): void {
    const { outbox, table } = this.#host;
    const gap = table.hasPlain ? Math.ceil(performance.now() - startedAt) : 0;
    this.#next = undefined;
    old.routeTo(table.former);
    this.#retired.add(old);
    outbox.detach();
    this.#host.onTaken(next, table.restoreBeside(), gap);
    void this.#host.renewInbox().then(() => this.#retire(old));
  }

  async #retire(old: Link): Promise<void> {
    if (this.#retired.delete(old)) await old.close(CLOSE_LIMIT);
  }

  /** The barriers of the links beside the one in use: subscriptions that have ended by now may be known there too. */
  barriers(options: WaitLimits): Promise<BarrierEnd>[] {
    return this.#next === undefined ? [] : [this.#next.pings.barrier(options)];
  }

  /** Whether this is a link beside the one in use. */
  has(link: Link): boolean {
    return link === this.#next?.link || this.#retired.has(link);
  }

  onPong(link: Link): void {
    if (link === this.#next?.link) this.#next.pings.onPong();
  }

  /** What the next server says of itself while it is not in use yet; undefined if this is another link. */
  infoOf(link: Link): ServerInfo | undefined {
    return link === this.#next?.link ? this.#next.info : undefined;
  }

  onInfo(link: Link, info: ServerInfo): void {
    if (link === this.#next?.link) this.#next = { ...this.#next, info };
  }

  /** Takes the refusal of what this class, and not the application, has published or subscribed to. */
  onDenied({ subject }: PermissionError): boolean {
    return this.#probe?.onDenied(subject) === true;
  }

  /** Which of the links beside the one in use is gone, if it is one of them. */
  onLost(link: Link, error: NatsError): "next" | "former" | undefined {
    if (this.#retired.delete(link)) return "former";
    if (link !== this.#next?.link) return undefined;
    const { pings } = this.#next;
    this.#next = undefined;
    this.#host.table.forgetEarly();
    this.#probe?.stop();
    pings.fail(lostLinkError(link.url, error));
    return "next";
  }

  /** The link in use is lost: the next one, if there is one. */
  takeNext(): NextLink | undefined {
    const next = this.#next;
    this.#next = undefined;
    this.#stop();
    return next;
  }

  /** The connection is closing. Resolves when the links beside the one in use are gone. */
  stop(error: NatsError): Promise<unknown> {
    const next = this.#next;
    this.#next = undefined;
    next?.link.destroy();
    next?.pings.fail(error);
    this.#stop();
    this.#host.outbox.release();
    return Promise.all([...this.#retired].map((link) => this.#retire(link)));
  }

  #stop(): void {
    this.#abort?.abort(new Error("the connection moves no more"));
    this.#abort = undefined;
    this.#probe?.stop();
  }
}

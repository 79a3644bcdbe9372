import { AbortError, ConnectionError, type NatsError, type PermissionError } from "../errors.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { WaitLimits } from "../waiter.ts";
import type { BarrierEnd } from "../barrier.ts";
import { ClusterProbe } from "./cluster-probe.ts";
import { closedError, lostLinkError } from "../failures.ts";
import type { Link } from "../link/link.ts";
import { type PingMark, PingQueue } from "../link/ping-queue.ts";
import type { ServerLink } from "../servers/connector.ts";
import type { Server } from "../servers/server.ts";
import { MoveProgress } from "./move-phase.ts";
import { MovingInterests } from "./moving-interests.ts";
import { CatchUp } from "./catch-up.ts";
import type { HandOverHost, NextLink } from "./hand-over-host.ts";
import type { RetiredLink } from "./retired-link.ts";
import { RetiredLinks } from "./retired-links.ts";
import { LONGEST_TIMER } from "../longest-timer.ts";

/** How much longer a link that was left may get nothing across before it is given up, for nobody waits for the move. */
const RETIRED_PATIENCE = 15;

/**
 * Moves a connection from its link to another one without an outage, and without a duplicate of its own making:
 *
 * 1. The new link is made while the old one serves on.
 * 2. Queue subscriptions begin there: a member of a group may be there twice, a message comes once. When a message
 *    from the old server has come by the new one, the whole cluster knows of them. Until step 4 is over messages of
 *    one publisher come by both links, and nothing says which was first.
 * 3. The old server is waited for until it has sent and processed what is on its way now, for as long as that gets on.
 * 4. All others end at the old server; its PONG says that everything sent there has been received and processed, both
 *    ways. What is published meanwhile is held back.
 * 5. They begin at the new server, and what was held back follows. Of a plain subscription only what is published
 *    within this one round trip is missed. What takes longer from a third server to the new one comes again.
 * 6. Requests that are under way get their responses on the old link, which is closed when the last is over. Of a server
 *    that got nothing across in step 3 or 4 the answer is waited for there; if it never comes, that is told.
 */
export class HandOver {
  readonly #host: HandOverHost;
  readonly #interests: MovingInterests;
  readonly #retired: RetiredLinks;
  readonly #progress = new MoveProgress();
  readonly #catchUp: CatchUp;
  #moving: Promise<void> | undefined;
  #begun = 0;
  #abort: AbortController | undefined;
  #next: NextLink | undefined;
  /** The last one: what it caused may be refused after it has ended. */
  #probe: ClusterProbe | undefined;

  constructor(host: HandOverHost) {
    const { options, table } = host.connection;
    this.#host = host;
    this.#interests = new MovingInterests(table);
    this.#catchUp = new CatchUp(host.pings, options.timeout);
    this.#retired = new RetiredLinks({
      table,
      pings: host.pings,
      patience: Math.min(RETIRED_PATIENCE * options.timeout, LONGEST_TIMER),
      onLeftBehind: (link, left) => host.changes.onLeftBehind(link, left),
    });
  }

  /** The move under way. */
  get moving(): Promise<void> | undefined {
    return this.#moving;
  }

  /** How many moves have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** Begins a move, or joins the one under way. Rejects when no other link can be made; all is as it was then. */
  begin(old: Link, avoided: Server | undefined): Promise<void> {
    if (this.#moving !== undefined) return this.#moving;
    this.#begun++;
    this.#moving = this.#move(old, avoided).finally(() => {
      this.#moving = undefined;
      this.#progress.enter("none");
    });
    return this.#moving;
  }

  /** Gives the move up, unless the old server has been told of it. */
  giveUp(): void {
    if (this.#progress.current === "ending") return;
    this.#abort?.abort(new Error("nobody waits for the move any more"));
    this.#next?.link.destroy();
    this.#dropNext(new AbortError("the move was given up"));
  }

  async #move(old: Link, avoided: Server | undefined): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    // The old link was lost meanwhile, or the connection closed: then the next one has been taken care of.
    const isOvertaken = (): boolean => this.#abort !== abort;
    try {
      this.#progress.enter("dialling");
      await this.#host.moves.dial(avoided, abort.signal);
      this.#progress.enter("joining");
      await this.#join();
      if (isOvertaken()) return;
      this.#progress.enter("catching-up");
      this.#checkNext(old);
      const isLevel = (await this.#catchUp.wait(old)) === "reached";
      if (isOvertaken()) return;
      this.#checkNext(old);
      this.#progress.enter("ending");
      const startedAt = performance.now();
      const last = await this.#endAtOld(old, isLevel);
      if (isOvertaken()) return;
      this.#switch(old, this.#checkNext(old), startedAt, last);
    } finally {
      if (!isOvertaken()) this.#abort = undefined;
    }
  }

  /** The handshake of the next link is over. */
  onEstablished(ready: ServerLink): void {
    const { transport } = ready.link;
    const pings = new PingQueue((command) => void transport.writeAll([command]));
    this.#next = { ...ready, pings };
  }

  async #join(): Promise<void> {
    const { inboxes, outbox, table } = this.#host.connection;
    const next = this.#next?.link;
    if (next === undefined) return;
    const tell = (commands: Uint8Array[]): void => void next.transport.writeAll(commands);
    if (!this.#interests.beginEarly(tell)) return;
    const probe = new ClusterProbe(inboxes.next(), table.nextSid(), (command) => outbox.command(command));
    this.#probe = probe;
    next.routeTo({
      route: (frame) => (probe.take(frame.sid) ? undefined : this.#interests.route(frame)),
      unpin: () => table.unpin(),
    });
    await probe.run(tell);
    next.routeTo(this.#interests);
  }

  /** Returns the PING behind which nothing more comes. A server that is not level with us is told, and not waited for. */
  async #endAtOld(old: Link, isLevel: boolean): Promise<PingMark | undefined> {
    const { outbox, requests } = this.#host.connection;
    const { pings } = this.#host;
    for (const command of this.#interests.endings()) outbox.command(command);
    // What is held back goes to the next server, and the responses to it come from there.
    requests.renewInbox();
    const ended = isLevel ? this.#catchUp.wait(old) : pings.barrier();
    const last = pings.mark();
    outbox.hold();
    if (isLevel) await ended;
    return last;
  }

  /** Throws if the next link was lost. What has ended at the old server by then begins there again. */
  #checkNext(old: Link): NextLink {
    if (this.#next !== undefined) return this.#next;
    const { outbox, table } = this.#host.connection;
    if (this.#progress.current === "ending") outbox.release(table.restore());
    const message = `the link to another server was lost before ${old.url} was left`;
    throw new ConnectionError("DISCONNECTED", message, { server: old.url });
  }

  #switch(old: Link, next: NextLink, startedAt: number, last: PingMark | undefined): void {
    const { changes, connection, pings } = this.#host;
    const { outbox, table } = connection;
    const gap = this.#interests.hasPlain ? Math.ceil(performance.now() - startedAt) : 0;
    const asked = pings.countUpTo(last);
    const commands = outbox.takeCommands();
    outbox.detach();
    const { given } = outbox;
    const retired = this.#retired.add({ link: old, asked, commands, given });
    this.#next = undefined;
    next.link.routeTo(table);
    changes.onMoved(next, this.#interests.restoreBeside(), gap);
    void this.#retire(retired);
  }

  async #retire(retired: RetiredLink): Promise<void> {
    await Promise.all([this.#host.connection.requests.leaveInboxes(retired.link), retired.arrived]);
    await this.#retired.close(retired, closedError());
  }

  /** The barriers of the links beside the one in use: subscriptions that have ended by now may be known there too. */
  barriers(options: WaitLimits): Promise<BarrierEnd>[] {
    const next = this.#next === undefined ? [] : [this.#next.pings.barrier(options)];
    return [...next, ...this.#retired.barriers(options)];
  }

  /** Whether this is a link beside the one in use. */
  has(link: Link): boolean {
    return link === this.#next?.link || this.#retired.get(link) !== undefined;
  }

  onPong(link: Link): void {
    if (link === this.#next?.link) this.#next.pings.onPong();
    else this.#retired.get(link)?.onPong();
  }

  onDrain(link: Link): void {
    this.#retired.get(link)?.onDrain();
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

  /** A link is gone; returns whether it was a retired one. */
  onLost(link: Link, error: NatsError): boolean {
    if (link === this.#next?.link) this.#dropNext(lostLinkError(link.url, error));
    return this.#retired.onLost(link, error);
  }

  #dropNext(error: NatsError): void {
    const next = this.#next;
    this.#next = undefined;
    this.#interests.forgetEarly();
    this.#probe?.stop();
    this.#catchUp.stop();
    next?.pings.fail(error);
  }

  /** The link in use is lost: the next one, if there is one. */
  takeNext(): NextLink | undefined {
    const next = this.#next;
    this.#next = undefined;
    next?.link.routeTo(this.#host.connection.table);
    this.#interests.takeEarly();
    this.#stop();
    return next;
  }

  /** The connection is closing. Resolves when the links beside the one in use are gone. */
  stop(error: NatsError): Promise<unknown> {
    this.#next?.link.destroy();
    this.#dropNext(error);
    this.#stop();
    this.#host.connection.outbox.release();
    return this.#retired.closeAll(error);
  }

  #stop(): void {
    this.#abort?.abort(new Error("the connection moves no more"));
    this.#abort = undefined;
    this.#probe?.stop();
    this.#catchUp.stop();
  }
}

import { ConnectionError } from "../errors.ts";
import { encodeEmptyPub, encodeSub } from "../protocol/encoder.ts";
import { Waiter } from "../waiter.ts";
import type { Link, ReadyLink } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import type { PingQueue } from "./ping-queue.ts";
import type { Server } from "./server.ts";
import type { SubscriptionTable } from "./subscription-table.ts";

/** What a hand-over needs of the connection's life. */
export interface HandOverHost {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly pings: PingQueue;
  /** Makes one more link, of which `onEstablished` is told; rejects when that fails. */
  dial(avoided: Server | undefined, signal: AbortSignal): Promise<void>;
  /** The connection goes on with this link; `commands` are for its server, in front of everything else. */
  onTaken(ready: ReadyLink, commands: Uint8Array[]): void;
  newInbox(): string;
  /** Requests from now on get another inbox. Resolves when those of before have settled. */
  renewInbox(): Promise<void>;
}

/** How long either server may take to answer; a server that is too slow is left all the same. */
const ANSWER_LIMIT = 2000;

/** Milliseconds between the messages that find out whether the cluster knows of the new link. */
const PROBE_INTERVAL = 5;

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
  #next: ReadyLink | undefined;
  #nextIsReady: Waiter<void> | undefined;
  /** Ids that the next server was told of early. */
  #early: number[] = [];
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
      const hasNext = this.#next !== undefined;
      if (hasNext) await this.#endAt();
      // The old link was lost meanwhile, or the connection closed: then the next one has been taken care of.
      if (this.#abort !== abort) return;
      if (this.#next === undefined) this.#goBack(old, hasNext);
      this.#switch(old, this.#next);
    } finally {
      if (this.#abort === abort) this.#abort = undefined;
    }
  }

  /** The handshake of the next link is over. */
  onEstablished(ready: ReadyLink): void {
    this.#next = ready;
  }

  async #beginEarly(next: Link): Promise<void> {
    const { table, outbox } = this.#host;
    const { ids, commands } = table.queueSubscriptions();
    if (ids.length === 0) return;
    const sid = table.nextSid();
    const probe = this.#host.newInbox();
    const hasCome = new Waiter<void>({ timeout: ANSWER_LIMIT }, { what: "the next server" });
    this.#early = [...ids, sid];
    this.#nextIsReady = hasCome;
    next.routeTo({
      route: (frame) => (frame.sid === sid ? hasCome.resolve() : table.route(frame)),
      settle: () => table.settle(),
    });
    next.transport.writeAll([...commands, encodeSub(probe, undefined, sid)]);
    const timer = setInterval(() => outbox.command(encodeEmptyPub(probe)), PROBE_INTERVAL);
    await hasCome.promise.catch(() => undefined);
    clearInterval(timer);
    next.routeTo(table);
  }

  async #endAt(): Promise<void> {
    const { outbox, table, pings } = this.#host;
    for (const command of table.endings()) outbox.command(command);
    const answered = pings.flush({ timeout: ANSWER_LIMIT });
    outbox.flush();
    outbox.hold();
    await answered.catch(() => undefined);
  }

  /** The next link was lost: everything begins again at the old server, if it has ended there. */
  #goBack(old: Link, hasEnded: boolean): never {
    const { outbox, table } = this.#host;
    if (hasEnded) {
      outbox.release();
      for (const command of table.restore()) outbox.command(command);
    }
    const message = `the link to another server was lost before ${old.url} was left`;
    throw new ConnectionError("DISCONNECTED", message, { server: old.url });
  }

  #switch(old: Link, next: ReadyLink): void {
    const { outbox, pings, table } = this.#host;
    this.#next = undefined;
    old.routeTo(table.replies);
    this.#retired.add(old);
    outbox.detach();
    this.#host.onTaken(next, this.#commands());
    pings.resend();
    void this.#host.renewInbox().then(() => this.#close(old));
  }

  /** What the next server has to hear: responses to requests go on coming by the old one. */
  #commands(): Uint8Array[] {
    const commands = this.#host.table.restore(this.#early, "without replies");
    this.#early = [];
    return commands;
  }

  #close(old: Link): void {
    if (!this.#retired.delete(old)) return;
    void old.close(CLOSE_LIMIT);
  }

  /** Whether this is a link beside the one in use. */
  has(link: Link): boolean {
    return link === this.#next?.link || this.#retired.has(link);
  }

  /** Which of the links beside the one in use is gone, if it is one of them. */
  onLost(link: Link): "next" | "former" | undefined {
    if (this.#retired.delete(link)) return "former";
    if (link !== this.#next?.link) return undefined;
    this.#next = undefined;
    this.#early = [];
    this.#nextIsReady?.resolve();
    return "next";
  }

  /** The link in use is lost: the next one, if there is one. */
  takeNext(): ReadyLink | undefined {
    const next = this.#next;
    this.#next = undefined;
    this.#stop();
    return next;
  }

  /** Ids that a server taken by {@link takeNext} has been told of and that may be gone. */
  takeEarly(): readonly number[] {
    const early = this.#early;
    this.#early = [];
    return early;
  }

  /** The connection is closing. */
  stop(): void {
    this.#next?.link.destroy();
    this.#next = undefined;
    this.#stop();
    this.#host.outbox.release();
    for (const link of this.#retired) this.#close(link);
  }

  #stop(): void {
    this.#abort?.abort(new Error("the connection moves no more"));
    this.#abort = undefined;
    this.#nextIsReady?.resolve();
  }
}

import type { Identity } from "../auth/authorizer.ts";
import { smallerLimit } from "../auth/smaller-limit.ts";
import type { Link } from "../link.ts";
import { toByteString } from "../protocol/bytes.ts";
import { type ConnectRequest, readConnect, UNSAID } from "../protocol/connect-request.ts";
import { type Commands, Parser } from "../protocol/parser.ts";
import type { Publication } from "../protocol/publication.ts";
import { quoted } from "../protocol/quoted.ts";
import { isLiteralSubject, isSubscribable } from "../protocol/subject.ts";
import { type CloseReason, Violation } from "../protocol/violation.ts";
import type { Publisher, Subscriber, Subscription } from "../routing/subscription.ts";
import type { ClientHost, InfoOccasion } from "./client-host.ts";
import { ClientSubscriptions } from "./client-subscriptions.ts";
import { KeepAlive } from "./keep-alive.ts";
import { LongTimer } from "./long-timer.ts";
import { Membership } from "./membership.ts";
import { Outbound } from "./outbound.ts";
import { countIn, countOut, newTraffic, type Traffic } from "./traffic.ts";

/** Milliseconds that a publisher is not read from while one who gets its messages is far behind. */
const STALL_TIME = 5;

/** Milliseconds that a client stays which was told that it has too many subscriptions as it came. */
const FULL_TIME = 20;

/** One client: what it says is carried out, what is meant for it is sent. */
export class Client implements Commands, Publisher, Subscriber {
  readonly id: number;
  readonly startedAt: Date = new Date();
  /** What it was asked to sign; empty if nothing. */
  readonly nonce: string;
  readonly subscriptions: ClientSubscriptions = new ClientSubscriptions();
  readonly traffic: Traffic = newTraffic();
  readonly outbound: Outbound;
  readonly #began: number = performance.now();
  readonly #host: ClientHost;
  readonly #parser: Parser;
  readonly #keepAlive: KeepAlive;
  readonly #membership: Membership = new Membership(this.subscriptions);
  #link: Link;
  #request: ConnectRequest = UNSAID;
  #hasConnected = false;
  #hasPonged = false;
  #loginTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #expiry: LongTimer = new LongTimer();
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: CloseReason | undefined;

  constructor(id: number, nonce: string, link: Link, host: ClientHost) {
    this.id = id;
    this.nonce = nonce;
    this.#link = link;
    this.#host = host;
    this.outbound = new Outbound(link, host.slabs, host.limits, (limit) => this.#onSlow(limit));
    this.#parser = new Parser(this);
    this.#keepAlive = new KeepAlive(
      host.limits,
      () => this.outbound.send("PING\r\n"),
      () => this.#onStale(),
    );
    const anonymous = host.authorizer.isRequired ? undefined : host.authorizer.anonymous(link.kind);
    if (anonymous !== undefined) this.#membership.join(anonymous);
  }

  get link(): Link {
    return this.#link;
  }

  get request(): ConnectRequest {
    return this.#request;
  }

  get identity(): Identity | undefined {
    return this.#membership.identity;
  }

  get rtt(): number | undefined {
    return this.#keepAlive.rtt;
  }

  get lastActivity(): Date {
    return this.#keepAlive.lastHeard;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Whether it understands an INFO that comes later on; before its first PONG none may come (nats-server 2.15). */
  get takesInfo(): boolean {
    return this.#hasPonged && this.#request.protocol >= 1;
  }

  get echo(): boolean {
    return this.#request.echo;
  }

  get awaitsConnect(): boolean {
    return this.#host.authorizer.isRequired && !this.#hasConnected;
  }

  get maxControlLine(): number {
    return this.#host.limits.maxControlLine;
  }

  /** Bytes that a message may have; -1 for no limit. */
  get maxPayload(): number {
    return smallerLimit(this.identity?.maxPayload, this.#host.limits.maxPayload);
  }

  get #isFull(): boolean {
    const max = smallerLimit(this.identity?.maxSubscriptions, this.#host.limits.maxSubscriptions);
    return max >= 0 && this.subscriptions.size >= max;
  }

  get #takesHeaders(): boolean {
    return this.#host.limits.headers && this.#request.headers;
  }

  /** Goes on with the link that TLS has put in place of the first. */
  replaceLink(link: Link): void {
    this.#link = link;
    this.outbound.replaceLink(link);
  }

  sendInfo(occasion: InfoOccasion): void {
    this.outbound.send(toByteString(this.#host.info(this, occasion)));
  }

  /** Begins to read what the client says. */
  listen(): void {
    if (this.#host.authorizer.isRequired) this.#awaitLogin();
    this.#keepAlive.start();
    this.#link.listen({
      onData: (chunk) => this.#onData(chunk),
      onDrain: () => this.outbound.onDrain(),
      onClose: () => this.#finish("Client Closed"),
    });
  }

  #awaitLogin(): void {
    this.#loginTimer = setTimeout(() => {
      this.close("Authentication Timeout", "Authentication Timeout");
    }, this.#host.limits.authTimeout);
  }

  #onData(chunk: Uint8Array): void {
    if (this.isClosed) return;
    try {
      this.#parser.feed(chunk);
    } catch (thrown) {
      // A mistake of the server itself costs one connection, and never the process that it is a guest of.
      if (thrown instanceof Violation) this.close(thrown.reason, thrown.told);
      else this.break("Internal Error", false);
    }
  }

  onConnect(json: Uint8Array): void {
    const isFirst = !this.#hasConnected;
    this.#hasConnected = true;
    clearTimeout(this.#loginTimer);
    this.#request = this.#host.complete(readConnect(json, this.#request), this.#link);
    this.#logIn();
    this.#host.onConnect(this);
    const { protocol, no_responders, verbose } = this.#request;
    if (protocol < 0 || protocol > 1) {
      throw new Violation("Bad Client Protocol Version", "invalid client protocol");
    }
    if (no_responders && !this.#takesHeaders) {
      throw new Violation("No Responders Requires Headers", "no responders requires headers support");
    }
    if (verbose) this.#acknowledge();
    if (!isFirst) return;
    this.#keepAlive.onConnect(performance.now() - this.#began);
  }

  /** As the user for those who present nothing, where there is one: people try things out by hand. */
  onWithoutConnect(): void {
    if (this.#host.authorizer.anonymous(this.#link.kind) === undefined) {
      throw new Violation("Authentication Failure", "Authorization Violation");
    }
    this.#hasConnected = true;
    clearTimeout(this.#loginTimer);
    this.#logIn();
  }

  #logIn(): void {
    const { authorizer } = this.#host;
    const identity = authorizer.authorize({ request: this.#request, nonce: this.nonce, link: this.#link });
    const { account, new_account } = this.#request;
    if (identity === undefined || account !== "" || new_account) {
      throw new Violation("Authentication Failure", "Authorization Violation");
    }
    this.#membership.join(identity);
    const { expires = Infinity, accountExpires = Infinity } = identity;
    this.#expiry.cancel();
    if (accountExpires <= expires) this.#expiry.set(accountExpires, () => this.expire("Account"));
    else this.#expiry.set(expires, () => this.expire("User"));
    if (this.#isFull) this.#endFull();
  }

  /** Ends a connection that may have no subscription at all, a moment after it is told (nats-server 2.15). */
  #endFull(): void {
    this.#tellError("maximum subscriptions exceeded");
    this.#loginTimer = setTimeout(() => this.close("Maximum Subscriptions Exceeded"), FULL_TIME);
  }

  /** Ends the connection as if these credentials were over. */
  expire(whose: "User" | "Account" = "User"): void {
    this.close("Authentication Expired", `${whose} Authentication Expired`);
  }

  onPing(): void {
    this.outbound.send("PONG\r\n");
    this.#keepAlive.onHeard();
    if (!this.#hasConnected || this.#hasPonged) return;
    this.#hasPonged = true;
    if (this.#request.protocol >= 1) this.sendInfo("connect");
  }

  onPong(): void {
    this.#keepAlive.onPong();
  }

  onError(): void {
    throw new Violation("Parse Error");
  }

  onSubscribe(subject: string, queue: string | undefined, sid: string): void {
    this.#keepAlive.onHeard();
    if (!this.#membership.maySubscribe(subject, queue)) {
      const group = queue === undefined ? "" : ` using queue ${quoted(queue)}`;
      this.#tellError(`Permissions Violation for Subscription to ${quoted(subject)}${group}`);
      return;
    }
    if (this.#isFull) {
      this.#tellError("maximum subscriptions exceeded");
      return;
    }
    if (!this.subscriptions.has(sid)) {
      if (!isSubscribable(subject)) {
        this.#tellError("Invalid Subject");
        return;
      }
      this.subscriptions.add({ subscriber: this, subject, queue, sid, delivered: 0, max: 0 });
    }
    if (this.#request.verbose) this.#acknowledge();
  }

  onUnsubscribe(sid: string, max: number): void {
    this.#keepAlive.onHeard();
    this.subscriptions.limit(sid, max);
    if (this.#request.verbose) this.#acknowledge();
  }

  onAnnounced(publication: Publication, size: number): void {
    if (publication.headerSize >= 0 && !this.#takesHeaders) throw new Violation("Protocol Violation");
    const { maxPayload } = this;
    if (maxPayload >= 0 && size > maxPayload) {
      throw new Violation("Maximum Message Payload Exceeded", "Maximum Payload Violation");
    }
    if (this.#request.pedantic && !isLiteralSubject(publication.subject)) {
      this.#tellError("Invalid Publish Subject");
    }
  }

  onPublish(publication: Publication): void {
    this.#keepAlive.onHeard();
    countIn(this.traffic, publication.size);
    countIn(this.#host.traffic, publication.size);
    const { identity } = this;
    if (identity === undefined) return;
    if (!this.#membership.mayPublish(publication)) {
      this.#tellError(`Permissions Violation for Publish to ${quoted(publication.subject)}`);
      return;
    }
    if (publication.hasReply && RESERVED_REPLY.test(publication.reply)) {
      this.#tellError(`Permissions Violation for Publish with Reply of ${quoted(publication.reply)}`);
      return;
    }
    if (this.#request.verbose) this.#acknowledge();
    const isTaken = identity.account.route(publication, this);
    if (!isTaken && publication.hasReply && this.#request.no_responders) this.#tellNoResponders(publication);
  }

  // HMSG <reply-to> <sid> <#header bytes> <#total bytes>␍␊NATS/1.0 503␍␊Nats-Subject: <subject>␍␊␍␊␍␊
  #tellNoResponders({ subject, reply }: Publication): void {
    const sid = this.subscriptions.sidFor(reply);
    if (sid === undefined) return;
    const block = `NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`;
    this.outbound.send(`HMSG ${reply} ${sid} ${block.length} ${block.length}\r\n${block}\r\n`);
  }

  deliver(subscription: Subscription, publication: Publication, publisher: Publisher | undefined): boolean {
    if (this.isClosed || (publisher === this && !this.echo)) return false;
    if (!this.#membership.mayReceive(publication, subscription.queue)) return false;
    if (!this.subscriptions.count(subscription)) return false;
    countOut(this.traffic, publication.size);
    countOut(this.#host.traffic, publication.size);
    if (publisher instanceof Client && this.outbound.isStalled) publisher.#stall();
    this.outbound.message(subscription.sid, publication, this.#takesHeaders);
    this.#membership.onDelivered(publication);
    return true;
  }

  /** Reads nothing for a moment: one who gets this client's messages is far behind. */
  #stall(): void {
    if (this.#stallTimer !== undefined) return;
    this.#host.traffic.stalls++;
    this.#link.pause();
    this.#stallTimer = setTimeout(() => this.#endStall(), STALL_TIME);
  }

  #endStall(): void {
    if (this.#stallTimer === undefined) return;
    clearTimeout(this.#stallTimer);
    this.#stallTimer = undefined;
    if (!this.isClosed) this.#link.resume();
  }

  #onStale(): void {
    this.#host.traffic.staleConnections++;
    this.close("Stale Connection", "Stale Connection");
  }

  #acknowledge(): void {
    this.outbound.send("+OK\r\n");
  }

  // -ERR '<text>'␍␊
  #tellError(text: string): void {
    this.outbound.send(`-ERR '${text}'\r\n`);
  }

  #onSlow(limit: "maxPending" | "writeDeadline"): void {
    this.#host.traffic.slowConsumers++;
    this.#finish(limit === "maxPending" ? "Slow Consumer (Pending Bytes)" : "Slow Consumer (Write Deadline)");
    this.#link.destroy();
  }

  /** Ends the connection: what was sent, and the error to tell, leaves before. */
  close(reason: CloseReason, told?: string): void {
    if (this.isClosed) return;
    if (told !== undefined) this.#tellError(told);
    this.#finish(reason);
    this.#link.end(reason);
  }

  /** Ends the connection at once, without a word. */
  break(reason: CloseReason, reset: boolean): void {
    this.#finish(reason);
    this.#link.destroy(reset);
  }

  #finish(reason: CloseReason): void {
    if (this.isClosed) return;
    this.#closed = reason;
    this.#parser.stop();
    this.#keepAlive.stop();
    clearTimeout(this.#loginTimer);
    this.#expiry.cancel();
    clearTimeout(this.#stallTimer);
    this.outbound.close();
    // It looks at what the client was.
    this.#host.onClosed(this, reason);
    this.#membership.leave();
  }
}

/** Kept for what passes between nats-servers and accounts. */
const RESERVED_REPLY = /^(?:_R_\.|(?:\$JS\.ACK|_GR_|\$GR)\..)/s;

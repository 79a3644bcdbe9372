import type { Identity } from "../auth/authorizer.ts";
import type { Link, LinkListener } from "../link.ts";
import { toByteString } from "../protocol/bytes.ts";
import type { ConnectRequest } from "../protocol/connect-request.ts";
import { Parser } from "../protocol/parser.ts";
import type { Publication } from "../protocol/publication.ts";
import { type CloseReason, Violation } from "../protocol/violation.ts";
import type { Publisher, Subscription } from "../routing/subscription.ts";
import type { ClientFacts } from "./client-facts.ts";
import type { ClientHost, InfoOccasion } from "./client-host.ts";
import { ClientSubscriptions } from "./client-subscriptions.ts";
import { Conversation, type Speaker } from "./conversation.ts";
import { KeepAlive } from "./keep-alive.ts";
import { Outbound, type OutboundLimits } from "./outbound.ts";
import { type Applicant, SignIn } from "./sign-in.ts";
import { Stall } from "./stall.ts";
import { countIn, countOut, newTraffic, type Traffic } from "./traffic.ts";

/** The session of one client, from accept to close. It owns the link and everything around it. */
export class Client implements ClientFacts, Applicant, Speaker {
  readonly id: number;
  readonly nonce: string;
  readonly startedAt: Date = new Date();
  readonly subscriptions: ClientSubscriptions = new ClientSubscriptions();
  readonly traffic: Traffic = newTraffic();
  readonly #began: number = performance.now();
  readonly #host: ClientHost;
  readonly #outbound: Outbound;
  readonly #keepAlive: KeepAlive;
  readonly #signIn: SignIn;
  readonly #conversation: Conversation;
  readonly #parser: Parser;
  readonly #stall: Stall = new Stall();
  #link: Link;
  /** While the link is being secured nothing may be written to it. */
  #state: "open" | "securing" | "closed" = "open";

  constructor(id: number, nonce: string, link: Link, host: ClientHost) {
    this.id = id;
    this.nonce = nonce;
    this.#link = link;
    this.#host = host;
    this.#outbound = new Outbound(link, host.slabs, host.limits, (limit) => this.#onSlow(limit));
    this.#keepAlive = new KeepAlive(
      host.limits,
      () => this.send("PING\r\n"),
      () => this.#onStale(),
    );
    this.#signIn = new SignIn(this, host);
    this.#conversation = new Conversation(this, host, this.#signIn);
    this.#parser = new Parser(this.#conversation);
  }

  get link(): Link {
    return this.#link;
  }

  get request(): ConnectRequest {
    return this.#signIn.request;
  }

  get identity(): Identity | undefined {
    return this.#signIn.identity;
  }

  get maxPayload(): number {
    return this.#signIn.maxPayload;
  }

  get pendingBytes(): number {
    return this.#outbound.pendingBytes;
  }

  get rtt(): number | undefined {
    return this.#keepAlive.rtt;
  }

  get lastActivity(): Date {
    return this.#keepAlive.lastHeard;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  /** Whether it understands further INFOs. */
  get takesInfo(): boolean {
    return this.#conversation.hasPonged && this.request.protocol >= 1;
  }

  get echo(): boolean {
    return this.request.echo;
  }

  /** Does the server's part of the TLS handshake; false if that fails or the client is gone. */
  async secure(): Promise<boolean> {
    this.#outbound.flush();
    this.#state = "securing";
    try {
      const link = (await this.#link.startTls?.()) ?? this.#link;
      // The server may have stopped meanwhile.
      if (this.isClosed) {
        link.destroy();
        return false;
      }
      this.#state = "open";
      this.#link = link;
      this.#outbound.replaceLink(link);
      return true;
    } catch {
      this.break("TLS Handshake Failure", false);
      return false;
    }
  }

  /** Begins to read what the client says. */
  listen(): void {
    this.#signIn.begin();
    this.#keepAlive.start();
    this.#link.listen(this.#linkListener);
  }

  readonly #linkListener: LinkListener = {
    onData: (chunk) => this.#onData(chunk),
    onDrain: () => this.#outbound.onDrain(),
    onEnd: () => this.close("Client Closed"),
    onClose: () => this.#onLinkClosed(),
  };

  #onData(chunk: Uint8Array): void {
    if (this.isClosed) return;
    try {
      this.#parser.feed(chunk);
    } catch (thrown) {
      if (thrown instanceof Violation) this.close(thrown.reason, thrown.told);
      else this.fail(thrown);
    }
  }

  /** An error in the server's own code costs this one connection, and never the process. */
  fail(error: unknown): void {
    this.#host.onMistake(this, error);
    this.break("Internal Error", false);
  }

  send(line: string): void {
    this.#outbound.send(line);
  }

  sendInfo(occasion: InfoOccasion): void {
    this.send(toByteString(this.#host.info(this, occasion)));
  }

  // -ERR '<text>'␍␊
  tellError(text: string): void {
    this.send(`-ERR '${text}'\r\n`);
  }

  onSignedIn(): void {
    this.#host.onConnect(this);
  }

  onConnected(isFirst: boolean): void {
    if (isFirst) this.#keepAlive.onConnect(performance.now() - this.#began);
  }

  onHeard(): void {
    this.#keepAlive.onHeard();
  }

  onPong(): void {
    this.#keepAlive.onPong();
  }

  onPublished(size: number): void {
    countIn(this.traffic, size);
    countIn(this.#host.traffic, size);
  }

  deliver(subscription: Subscription, publication: Publication, publisher: Publisher | undefined): boolean {
    if (this.isClosed || (publisher === this && !this.echo)) return false;
    const { membership, takesHeaders } = this.#signIn;
    if (!membership.mayReceive(publication, subscription.queue)) return false;
    if (!this.subscriptions.count(subscription)) return false;
    countOut(this.traffic, publication.size);
    countOut(this.#host.traffic, publication.size);
    if (this.#outbound.isStalled) publisher?.stall();
    this.#outbound.message(subscription.sid, publication, takesHeaders);
    membership.onDelivered(publication);
    return true;
  }

  stall(): void {
    if (!this.isClosed && this.#stall.begin(this.#link)) this.#host.traffic.stalls++;
  }

  #onStale(): void {
    this.#host.traffic.staleConnections++;
    this.close("Stale Connection", "Stale Connection");
  }

  #onSlow(limit: keyof OutboundLimits): void {
    this.#host.traffic.slowConsumers++;
    this.break(`Slow Consumer (${limit === "maxPending" ? "Pending Bytes" : "Write Deadline"})`, false);
  }

  /** Ends the connection as if its credentials had expired. */
  expire(): void {
    this.#signIn.expire();
  }

  /** Ends the connection, after everything that waits for the client and then the error `told`, if any, have been sent. */
  close(reason: CloseReason, told?: string): void {
    if (this.#state === "securing") this.break(reason, false);
    if (told !== undefined) this.tellError(told);
    if (this.isClosed) return;
    const { writeDeadline: limit } = this.#host.limits;
    const last = this.#finish(reason);
    this.#link.end({ reason, last, limit, onEnded: (unsent) => this.#host.onGone(this, unsent) });
  }

  /** Ends the connection at once; nothing more is sent. */
  break(reason: CloseReason, reset: boolean): void {
    if (this.isClosed) return;
    const { pendingBytes } = this;
    this.#finish(reason);
    this.#link.destroy(reset);
    this.#host.onGone(this, pendingBytes);
  }

  #onLinkClosed(): void {
    if (this.isClosed) return;
    this.#finish("Client Closed");
    this.#host.onGone(this, 0);
  }

  /** Ends the session; returns what still waits for the client. */
  #finish(reason: CloseReason): readonly Uint8Array[] {
    this.#state = "closed";
    this.#parser.stop();
    this.#keepAlive.stop();
    this.#signIn.stop();
    this.#stall.cancel();
    // The host still needs to know who the client was.
    this.#host.onClosed(this, reason);
    this.#signIn.membership.leave();
    return this.#outbound.close();
  }
}

import type { Commands } from "../protocol/parser.ts";
import type { Publication } from "../protocol/publication.ts";
import { quoted } from "../protocol/quoted.ts";
import { isReservedReply, reservationOf, SYSTEM_QUEUE } from "../protocol/reserved.ts";
import { isLiteralSubject, isSubscribable } from "../protocol/subject.ts";
import { Violation } from "../protocol/violation.ts";
import type { Publisher, Subscriber } from "../routing/subscription.ts";
import type { ClientSubscriptions } from "./client-subscriptions.ts";
import type { ClientHost, InfoOccasion } from "./client-host.ts";
import type { SignIn } from "./sign-in.ts";

/** The client that speaks. */
export interface Speaker extends Publisher, Subscriber {
  readonly subscriptions: ClientSubscriptions;
  send(line: string): void;
  sendInfo(occasion: InfoOccasion): void;
  tellError(text: string): void;
  /** It has said who it is, and is known. */
  onSignedIn(): void;
  /** CONNECT is accepted; `isFirst` if none came before it. */
  onConnected(isFirst: boolean): void;
  /** Messages, subscriptions or a PING have come. */
  onHeard(): void;
  onPong(): void;
  onPublished(size: number): void;
}

/** Carries out what a client says, operation by operation, and answers. */
export class Conversation implements Commands {
  readonly #client: Speaker;
  readonly #host: ClientHost;
  readonly #signIn: SignIn;
  #hasPonged = false;

  constructor(client: Speaker, host: ClientHost, signIn: SignIn) {
    this.#client = client;
    this.#host = host;
    this.#signIn = signIn;
  }

  get awaitsConnect(): boolean {
    return this.#signIn.isAwaited;
  }

  get maxControlLine(): number {
    return this.#host.limits.maxControlLine;
  }

  /** Whether the client has its first PONG: before that no INFO may come on its own (nats-server 2.15). */
  get hasPonged(): boolean {
    return this.#hasPonged;
  }

  // CONNECT <JSON>␍␊
  onConnect(json: Uint8Array): void {
    const isFirst = !this.#signIn.hasConnected;
    this.#signIn.onConnect(json);
    this.#client.onSignedIn();
    const { protocol, no_responders } = this.#signIn.request;
    if (protocol < 0 || protocol > 1) {
      throw new Violation("Bad Client Protocol Version", "invalid client protocol");
    }
    if (no_responders && !this.#signIn.takesHeaders) {
      throw new Violation("No Responders Requires Headers", "no responders requires headers support");
    }
    this.#acknowledge();
    this.#client.onConnected(isFirst);
  }

  onWithoutConnect(): void {
    this.#signIn.onWithoutConnect();
  }

  // PING␍␊
  onPing(): void {
    this.#client.send("PONG\r\n");
    this.#client.onHeard();
    if (!this.#signIn.hasConnected || this.#hasPonged) return;
    this.#hasPonged = true;
    if (this.#signIn.request.protocol >= 1) this.#client.sendInfo("connect");
  }

  onPong(): void {
    this.#client.onPong();
  }

  onError(): void {
    throw new Violation("Parse Error");
  }

  // SUB <subject> [queue] <sid>␍␊
  onSubscribe(subject: string, queue: string | undefined, sid: string): void {
    const client = this.#client;
    client.onHeard();
    if (!this.#signIn.membership.maySubscribe(subject, queue) || queue === SYSTEM_QUEUE) {
      const group = queue === undefined ? "" : ` using queue ${quoted(queue)}`;
      client.tellError(`Permissions Violation for Subscription to ${quoted(subject)}${group}`);
      return;
    }
    if (this.#signIn.isFull) {
      client.tellError("maximum subscriptions exceeded");
      return;
    }
    if (!client.subscriptions.has(sid)) {
      if (!isSubscribable(subject)) {
        client.tellError("Invalid Subject");
        return;
      }
      client.subscriptions.add({ subscriber: client, subject, queue, sid, delivered: 0, max: 0 });
    }
    this.#acknowledge();
  }

  // UNSUB <sid> [max]␍␊
  onUnsubscribe(sid: string, max: number): void {
    this.#client.onHeard();
    this.#client.subscriptions.limit(sid, max);
    this.#acknowledge();
  }

  onAnnounced(publication: Publication, size: number): void {
    if (publication.headerSize >= 0 && !this.#signIn.takesHeaders) throw new Violation("Protocol Violation");
    const { maxPayload } = this.#signIn;
    if (maxPayload >= 0 && size > maxPayload) {
      throw new Violation("Maximum Message Payload Exceeded", "Maximum Payload Violation");
    }
    if (this.#signIn.request.pedantic && !isLiteralSubject(publication.subject)) {
      this.#client.tellError("Invalid Publish Subject");
    }
  }

  // PUB <subject> [reply-to] <#bytes>␍␊[payload]␍␊
  // HPUB <subject> [reply-to] <#header bytes> <#total bytes>␍␊[headers]␍␊␍␊[payload]␍␊
  onPublish(publication: Publication): void {
    const client = this.#client;
    client.onHeard();
    client.onPublished(publication.size);
    const { identity } = this.#signIn;
    if (identity === undefined) return;
    if (!this.#mayPublish(publication)) {
      client.tellError(`Permissions Violation for Publish to ${quoted(publication.subject)}`);
      return;
    }
    if (publication.hasReply && isReservedReply(publication.reply)) {
      client.tellError(`Permissions Violation for Publish with Reply of ${quoted(publication.reply)}`);
      return;
    }
    this.#acknowledge();
    const isTaken = identity.account.route(publication, client);
    if (!isTaken && publication.hasReply && this.#signIn.request.no_responders) {
      this.#tellNoResponders(publication);
    }
  }

  /** Subjects that servers use among themselves are closed to clients, whatever they may do otherwise. */
  #mayPublish(publication: Publication): boolean {
    const { membership, identity } = this.#signIn;
    const reservation = reservationOf(publication);
    if (reservation === "gateways" || !membership.mayPublish(publication)) return false;
    return reservation === undefined || this.#host.isSystem(identity!.account);
  }

  // HMSG <reply-to> <sid> <#header bytes> <#total bytes>␍␊NATS/1.0 503␍␊Nats-Subject: <subject>␍␊␍␊␍␊
  #tellNoResponders({ subject, reply }: Publication): void {
    const sid = this.#client.subscriptions.sidFor(reply);
    if (sid === undefined) return;
    const block = `NATS/1.0 503\r\nNats-Subject: ${subject}\r\n\r\n`;
    this.#client.send(`HMSG ${reply} ${sid} ${block.length} ${block.length}\r\n${block}\r\n`);
  }

  /** To a client that wants to know of everything. */
  #acknowledge(): void {
    if (this.#signIn.request.verbose) this.#client.send("+OK\r\n");
  }
}

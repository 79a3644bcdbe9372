import type { Foundation } from "../../core/connection/foundation.ts";
import type { PendingCount } from "../../core/delivery/pending.ts";
import { ConnectionError, isNatsError, type NatsError, NoRespondersError } from "../../core/errors.ts";
import { closedError } from "../../core/failures.ts";
import type { MessageFrame } from "../../core/protocol/decoder.ts";
import { readText } from "../../core/protocol/text.ts";
import { saysNoResponders } from "../../core/requests/deliver.ts";
import type { WaitLimits } from "../../core/waiter.ts";
import { WaitingList } from "../../core/waiting-list.ts";
import type { Context } from "../context.ts";
import { Gate, type GateListener } from "./gate.ts";
import type { PubAck } from "./message-options.ts";
import { Outstanding } from "./outstanding.ts";
import { PubAckReader } from "./pub-ack-reader.ts";
import { readPubAck } from "./pub-ack.ts";
import type { Publication, PublicationListener } from "./publication.ts";
import { isPostponed, latePublish, publisherFull, verdict } from "./publish-errors.ts";
import type { ResolvedPublisherOptions } from "./publisher-options.ts";
import { Refusals } from "./refusals.ts";
import { SendQueue } from "./send-queue.ts";
import type { Tally } from "./tally.ts";

/** A window that was full takes more when no more than this part of it is in use. */
const REFILL = 7 / 8;

/**
 * Sends publications in the order of the calls, some at a time. Those that wait have not been given to the connection. When the
 * link is lost they go by the next one, behind those that are sent again.
 */
export class SendWindow implements PublicationListener, GateListener {
  readonly #foundation: Foundation;
  readonly #options: ResolvedPublisherOptions;
  readonly #tally: Tally;
  /** All that is not settled: in the window, and waiting. */
  readonly #outstanding = new Outstanding();
  readonly #queue = new SendQueue();
  readonly #gate: Gate;
  readonly #refusals: Refusals;
  readonly #acks = new PubAckReader();
  readonly #waitingForRoom = new WaitingList({ what: "room in the window" });
  #isSending = false;
  /** It was full, and takes nothing until it is down to {@link REFILL}: so one write takes many messages. */
  #wasFull = false;

  constructor(context: Context, options: ResolvedPublisherOptions, tally: Tally) {
    this.#foundation = context.connection.foundation;
    this.#options = options;
    this.#tally = tally;
    this.#gate = new Gate(context.connection, this);
    this.#refusals = new Refusals(context, options);
  }

  get pending(): PendingCount {
    return this.#outstanding.count;
  }

  /** Whether what is published next has a place in the window. */
  get hasRoom(): boolean {
    return this.#queue.isEmpty && this.#hasPlace(1);
  }

  /** Resolves when there is room. Rejects with `TIMEOUT`, `ABORTED` or `CONNECTION_CLOSED`. */
  waitForRoom(limits: WaitLimits): Promise<void> {
    return this.#waitingForRoom.wait(limits);
  }

  /** Throws `PUBLISHER_FULL` if a message of `size` bytes can't come in. */
  checkRoom(subject: string, size: number): void {
    const { onFull, maxInFlight, maxBytes, maxWaiting, maxWaitingBytes } = this.#options;
    if (onFull === "throw") {
      const { messages, bytes } = this.#outstanding;
      if (messages === 0 || (messages < maxInFlight && bytes + size <= maxBytes)) return;
      throw publisherFull(subject, `${messages} messages have no ack yet`);
    }
    const { waiting, waitingBytes } = this.#queue;
    if (waiting === 0 || (waiting < maxWaiting && waitingBytes + size <= maxWaitingBytes)) return;
    throw publisherFull(subject, `${waiting} messages wait already. Await ready() before each publish`);
  }

  /** Whether a message of `size` bytes can enter; a window that was full takes none until a part of it is free again. */
  readonly #hasPlace = (size: number): boolean => {
    const messages = this.#outstanding.messages - this.#queue.waiting;
    const bytes = this.#outstanding.bytes - this.#queue.waitingBytes;
    const { maxInFlight, maxBytes } = this.#options;
    const part = this.#wasFull ? REFILL : 1;
    const hasPlace = messages === 0 || (messages < maxInFlight * part && bytes + size <= maxBytes * part);
    this.#wasFull = !hasPlace;
    return hasPlace;
  };

  /** Sends a publication, which {@link checkRoom} and the connection have passed in this turn, or lets it wait its turn. */
  take(publication: Publication): void {
    const isNext = this.#queue.isEmpty && this.#hasPlace(publication.size) && this.#gate.isOpen;
    this.#outstanding.add(publication);
    if (isNext) this.#send(publication);
    else this.#queue.push(publication);
  }

  onReply(publication: Publication, frame: MessageFrame): void {
    const ack = this.#acks.read(frame.bytes, frame.payloadStart, frame.payloadEnd);
    if (ack === undefined) this.#onOtherReply(publication, frame);
    else this.#onAck(publication, ack);
  }

  #onAck(publication: Publication, ack: PubAck): void {
    this.#refusals.onTaken();
    this.#outstanding.remove(publication);
    publication.resolve(ack);
    this.#tally.onAcked(publication.number, ack.duplicate);
    // The old request is released last, so that a wait for the end of all requests sees that there is more to come.
    this.#sendNext();
    publication.release();
  }

  #onOtherReply(publication: Publication, frame: MessageFrame): void {
    const { subject } = publication;
    const { bytes, payloadStart, payloadEnd } = frame;
    if (saysNoResponders(frame)) {
      publication.release();
      this.#onRefused(publication, new NoRespondersError(subject));
      return;
    }
    const outcome = readPubAck(readText(bytes, payloadStart, payloadEnd), subject);
    if (!isNatsError(outcome)) {
      this.#acks.learn(bytes, payloadStart, payloadEnd, outcome);
      this.#onAck(publication, outcome);
      return;
    }
    publication.release();
    if (isPostponed(outcome)) this.#onRefused(publication, outcome);
    else this.#fail(publication, outcome);
  }

  /** It was not stored, for a reason that may pass. */
  #onRefused(publication: Publication, error: NatsError): void {
    const judged = this.#refusals.judge(publication, error, this.#gate.isResting);
    if (judged === "again") {
      this.#queue.pushAgain(publication);
      if (this.#gate.rest(this.#refusals.delay)) this.#refusals.onRest();
    } else {
      void judged.then((final) => this.#fail(publication, final));
    }
  }

  onLate(publication: Publication, timeout: number): void {
    // What the connection still holds keeps its place in the order.
    if (!publication.isSent) {
      this.#foundation.requests.extend(publication, Math.max(1, timeout));
      return;
    }
    publication.release();
    const error = latePublish(publication.subject, timeout, { sent: true, elapsed: timeout });
    publication.uncertain ??= error;
    if (publication.hasMsgId && publication.attempts++ < this.#options.retries) this.#sendAgain(publication);
    else this.#fail(publication, error);
  }

  onFailure(publication: Publication, error: NatsError): void {
    if (publication.isSettled) return;
    if (isNatsError(error, "OUTBOUND_LIMIT_EXCEEDED") && this.#gate.awaitOutbox()) {
      this.#sendAgain(publication);
    } else if (isNatsError(error, "DISCONNECTED")) {
      this.#onLinkLost(publication, error);
    } else if (isNatsError(error, "CONNECTION_CLOSED")) {
      this.onConnectionClosed();
    } else {
      this.#fail(publication, error);
    }
  }

  /** The link was lost. A message that was on its way is sent again only if it has an id; others go by the next link. */
  #onLinkLost(publication: Publication, error: ConnectionError): void {
    this.#gate.awaitLink();
    const isUncertain = error.sent === true;
    if (isUncertain) publication.uncertain ??= error;
    const mayRepeat = publication.hasMsgId && this.#options.retries > 0;
    if (isUncertain && !mayRepeat) this.#fail(publication, error);
    else this.#sendAgain(publication);
  }

  onOpen(): void {
    this.#sendNext();
  }

  onConnectionClosed(): void {
    this.#waitingForRoom.reject(closedError());
    this.#end((publication) => {
      const { subject, mayBeStored: sent } = publication;
      const text = `the publish to "${subject}" failed: the connection is closed`;
      this.#fail(publication, new ConnectionError("CONNECTION_CLOSED", text, { subject, sent }));
    });
  }

  /** Gives up all publications that are not settled; `reason` makes the error of each. */
  abandon(reason: (publication: Publication) => NatsError): void {
    this.#end((publication) => {
      const error = reason(publication);
      this.#outstanding.remove(publication);
      publication.reject(error);
      this.#tally.onAbandoned(publication.number, publication.subject, error);
    });
    this.#waitingForRoom.resolve();
  }

  #end(endOne: (publication: Publication) => void): void {
    this.#gate.close();
    this.#queue.clear();
    for (const publication of this.#outstanding.all()) {
      endOne(publication);
      publication.release();
    }
  }

  #fail(publication: Publication, error: NatsError): void {
    if (publication.isSettled) return;
    const final = verdict(error, publication.uncertain);
    this.#outstanding.remove(publication);
    publication.reject(final);
    this.#tally.onFailed(publication.number, publication.subject, final);
    this.#sendNext();
  }

  #sendAgain(publication: Publication): void {
    this.#queue.pushAgain(publication);
    this.#sendNext();
  }

  /** Sends publications while there is a place for them, then tells those who wait for room. */
  #sendNext(): void {
    if (!this.#queue.isEmpty && !this.#isSending) this.#sendQueued();
    if (this.#waitingForRoom.length > 0 && this.hasRoom) this.#waitingForRoom.resolve();
  }

  #sendQueued(): void {
    // What can't be sent comes back within the call.
    this.#isSending = true;
    while (this.#gate.isOpen) {
      const next = this.#queue.shift(this.#hasPlace);
      if (next === undefined) break;
      this.#sendChecked(next);
    }
    this.#isSending = false;
  }

  /** It was checked when it came; since then the server may have changed. */
  #sendChecked(publication: Publication): void {
    const { subject, payload, block } = publication;
    try {
      this.#foundation.publisher.check(subject, payload, block);
    } catch (thrown) {
      this.onFailure(publication, thrown as NatsError);
      return;
    }
    this.#send(publication);
  }

  #send(publication: Publication): void {
    this.#foundation.requests.send(
      publication,
      publication.block,
      publication.payload,
      this.#options.timeout,
    );
  }
}

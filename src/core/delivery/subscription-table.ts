import type { MessageFrame } from "../protocol/decoder.ts";
import { encodeSub, encodeUnsub } from "../protocol/encoder.ts";
import type { ConnectionError } from "../errors.ts";

/** Somebody who receives what comes for one subscription id. */
export interface Interest {
  readonly sid: number;
  readonly subject: string;
  readonly queue: string | undefined;
  /** How many messages the server may still send; undefined for no limit. */
  readonly remaining: number | undefined;
  /** Responses to requests come for it: when the connection moves, they still come by the old link. */
  readonly takesReplies: boolean;
  /** Takes a message; what it keeps of the frame it must copy. */
  receive(frame: MessageFrame): void;
  /** A new server has been told of the subscription: it counts from here. */
  onRestored(): void;
  /** The next chunk has arrived: what is still queued must not pin the last one. */
  settle(): void;
  /** The connection is closed. */
  onClosed(error: ConnectionError): void;
}

/** All subscriptions of a connection by id: routes messages, and tells each new server of them. */
export class SubscriptionTable {
  readonly #send: (command: Uint8Array) => void;
  readonly #interests = new Map<number, Interest>();
  #lastSid = 0;
  /** The one that the last message was for: messages come in runs. */
  #current: Interest | undefined;
  readonly #touched = new Set<Interest>();
  /** What one more server has been told of, before the connection uses it. */
  #early: { readonly sids: Set<number>; readonly send: (commands: Uint8Array[]) => void } | undefined;
  /** Up to this id the server that is being left knows all subscriptions. */
  #lastLeft = 0;

  /** `send` takes a command for the server, and drops it while there is none. */
  constructor(send: (command: Uint8Array) => void) {
    this.#send = send;
  }

  get size(): number {
    return this.#interests.size;
  }

  /** Ids rise and are never used again in the life of the connection (SUB-05). */
  nextSid(): number {
    return ++this.#lastSid;
  }

  [Symbol.iterator](): IterableIterator<Interest> {
    return this.#interests.values();
  }

  /** Registers before SUB is written, so that no message is missed (SUB-06). */
  add(interest: Interest): void {
    this.#interests.set(interest.sid, interest);
    this.#send(encodeSub(interest.subject, interest.queue, interest.sid));
  }

  /** Asks the server to stop after `max` messages since SUB. */
  limit(sid: number, max: number): void {
    this.#send(encodeUnsub(sid, max));
    this.#endEarly(sid);
  }

  /** Asks the server to stop, and goes on receiving what is on its way. */
  stop(sid: number): void {
    this.#send(encodeUnsub(sid));
    this.#endEarly(sid);
  }

  /** Receives nothing more for this id; the server is not told. */
  remove(interest: Interest): void {
    this.#interests.delete(interest.sid);
    this.#endEarly(interest.sid);
    if (this.#current === interest) this.#current = undefined;
  }

  /** Hands a message to whom it is for; one for an id that is gone is passed over (WIRE-22). */
  route(frame: MessageFrame): void {
    let interest = this.#current;
    if (interest === undefined || interest.sid !== frame.sid) {
      interest = this.#interests.get(frame.sid);
      if (interest === undefined) return;
      this.#current = interest;
      this.#touched.add(interest);
    }
    interest.receive(frame);
  }

  /** To be called before each chunk is decoded. */
  settle(): void {
    for (const interest of this.#touched) interest.settle();
    this.#touched.clear();
    this.#current = undefined;
  }

  /**
   * As the table itself, for a link that the connection has left: responses still come by it, and of a server that was
   * too slow to say that it has ended the others, what it chose members of queue groups for.
   */
  readonly former = {
    route: (frame: MessageFrame): void => {
      const interest = this.#interests.get(frame.sid);
      if (interest?.takesReplies === true || interest?.queue !== undefined) interest.receive(frame);
    },
    settle: (): void => undefined,
  };

  /** What tells a new server of all subscriptions, each with what is left of its maximum (RECON-25). */
  restore(): Uint8Array[] {
    return this.#restore(() => true);
  }

  /** As {@link restore}, beside a link by which responses to the requests under way still come. */
  restoreBeside(): Uint8Array[] {
    return this.#restore(({ takesReplies, sid }) => !takesReplies || sid > this.#lastLeft);
  }

  #restore(isWanted: (interest: Interest) => boolean): Uint8Array[] {
    this.#early = undefined;
    const commands: Uint8Array[] = [];
    for (const interest of this.#interests.values()) {
      const { sid, subject, queue, remaining } = interest;
      if (remaining === 0 || !isWanted(interest)) continue;
      // A server that knows the id already passes over a second SUB.
      commands.push(encodeSub(subject, queue, sid));
      interest.onRestored();
      if (remaining !== undefined) commands.push(encodeUnsub(sid, remaining));
    }
    return commands;
  }

  /**
   * Tells one more server of the members of queue groups; false if there are none. Until {@link restore} or
   * {@link forgetEarly} one that ends here ends there too.
   */
  beginEarly(send: (commands: Uint8Array[]) => void): boolean {
    const members = [...this.#interests.values()].filter(
      ({ queue, remaining }) => queue !== undefined && remaining === undefined,
    );
    if (members.length === 0) return false;
    send(members.map(({ subject, queue, sid }) => encodeSub(subject, queue, sid)));
    this.#early = { sids: new Set(members.map(({ sid }) => sid)), send };
    return true;
  }

  /** The server that was told early is gone. */
  forgetEarly(): void {
    this.#early = undefined;
  }

  #endEarly(sid: number): void {
    if (this.#early?.sids.delete(sid) === true) this.#early.send([encodeUnsub(sid)]);
  }

  /** What ends everything at a server but the responses to requests; subscriptions that begin later it knows nothing of. */
  endings(): Uint8Array[] {
    this.#lastLeft = this.#lastSid;
    return [...this.#interests.values()]
      .filter(({ takesReplies }) => !takesReplies)
      .map(({ sid }) => encodeUnsub(sid));
  }

  /** Whether a subscription without a queue group is active: when the connection moves it is at neither server for a moment. */
  get hasPlain(): boolean {
    return [...this.#interests.values()].some(
      ({ queue, takesReplies, remaining }) => queue === undefined && !takesReplies && remaining !== 0,
    );
  }

  /** Tells the server of what takes responses: the link that they came by is gone. */
  restoreReplies(): void {
    for (const { sid, subject, queue, takesReplies } of this.#interests.values()) {
      if (takesReplies) this.#send(encodeSub(subject, queue, sid));
    }
  }

  close(error: ConnectionError): void {
    const interests = [...this.#interests.values()];
    this.#interests.clear();
    this.#touched.clear();
    this.#current = undefined;
    for (const interest of interests) interest.onClosed(error);
  }
}

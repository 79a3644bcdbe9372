import type { MessageFrame } from "../protocol/decoder.ts";
import { encodeSub, encodeUnsub } from "../protocol/commands.ts";
import type { ConnectionError } from "../errors.ts";
import type { LineLimit } from "../protocol/line-limit.ts";

/** What a server is told of a subscription. */
interface Subscribed {
  readonly sid: number;
  readonly subject: string;
  readonly queue: string | undefined;
}

/** Somebody who receives what comes for one subscription id. */
export interface Interest extends Subscribed {
  /** How many messages the server may still send; undefined for no limit. */
  readonly remaining: number | undefined;
  /** Responses to requests come for it: when the connection moves, they still come by the old link. */
  readonly takesReplies: boolean;
  /** It ends with the link that it was made on, and the next server is not told of it. */
  readonly endsWithLink?: true;
  /** Takes a message; what it keeps of the frame it must copy. */
  receive(frame: MessageFrame): void;
  /** A new server has been told of the subscription, and has sent so many messages for it already: it counts these too. */
  onRestored(sentAhead: number): void;
  /** The link that it ended with has been left. */
  onLinkLeft?(): void;
  /** The next chunk has arrived: what is still queued must not pin the last one. */
  unpin(): void;
  /** The connection is closed. */
  onClosed(error: ConnectionError): void;
}

/** Bytes of `SUB ` and the line end, which don't count for the length of a line. */
const FRAME = 6;

/** All subscriptions of a connection by id: routes messages, and tells each new server of them. */
export class SubscriptionTable {
  readonly #send: (command: Uint8Array) => void;
  readonly #lines: LineLimit;
  readonly #interests = new Map<number, Interest>();
  #lastSid = 0;
  /** The one that the last message was for: messages come in runs. */
  #current: Interest | undefined;
  readonly #touched = new Set<Interest>();
  /** Hears of each subscription that ends, or gets a maximum. */
  onEnded: ((sid: number) => void) | undefined;
  /** How many messages the next server has sent by id, before it is told of all subscriptions. */
  sentAhead: ReadonlyMap<number, number> | undefined;

  /** `send` takes a command for the server, and drops it while there is none. */
  constructor(send: (command: Uint8Array) => void, lines: LineLimit) {
    this.#send = send;
    this.#lines = lines;
  }

  get size(): number {
    return this.#interests.size;
  }

  get lastSid(): number {
    return this.#lastSid;
  }

  /** Ids rise and are never used again in the life of the connection (SUB-05). */
  nextSid(): number {
    return ++this.#lastSid;
  }

  [Symbol.iterator](): IterableIterator<Interest> {
    return this.#interests.values();
  }

  /** Throws `CONTROL_LINE_TOO_LONG` for what servers would end the link at. */
  check(subject: string, queue?: string): void {
    if (subject.length + (queue?.length ?? 0) <= this.#lines.short) return;
    this.#lines.check(this.sizeOf({ subject, queue, sid: this.#lastSid + 1 }), subject);
  }

  /** Bytes of the line that tells a server of it, as that counts them. */
  sizeOf({ subject, queue, sid }: Subscribed): number {
    return encodeSub(subject, queue, sid).length - FRAME;
  }

  /** Registers before SUB is written, so that no message is missed (SUB-06). */
  add(interest: Interest): void {
    this.#interests.set(interest.sid, interest);
    this.#send(this.#sub(interest));
  }

  /** Asks the server to stop after `max` messages since SUB, or at once, and goes on receiving what is on its way. */
  stop(sid: number, max?: number): void {
    this.#send(encodeUnsub(sid, max));
    this.onEnded?.(sid);
  }

  /** Receives nothing more for this id; the server is not told. */
  remove(interest: Interest): void {
    this.#interests.delete(interest.sid);
    this.onEnded?.(interest.sid);
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
  unpin(): void {
    for (const interest of this.#touched) interest.unpin();
    this.#touched.clear();
    this.#current = undefined;
  }

  get(sid: number): Interest | undefined {
    return this.#interests.get(sid);
  }

  /** What tells a new server of subscriptions, each with what is left of its maximum (RECON-25); all unless it is said. */
  restore(isWanted?: (interest: Interest) => boolean): Uint8Array[] {
    const commands: Uint8Array[] = [];
    for (const interest of this.#interests.values()) {
      const { sid, remaining } = interest;
      if (interest.endsWithLink === true) {
        this.remove(interest);
        interest.onLinkLeft?.();
        continue;
      }
      if (remaining === 0 || isWanted?.(interest) === false) continue;
      // A server that knows the id already passes over a second SUB.
      commands.push(this.#sub(interest));
      interest.onRestored(this.sentAhead?.get(sid) ?? 0);
      if (remaining !== undefined) commands.push(encodeUnsub(sid, remaining));
    }
    this.sentAhead = undefined;
    return commands;
  }

  /** A link begins that is told of all: their lines count for its server. */
  noteLines(): void {
    for (const interest of this) {
      const { subject, queue } = interest;
      if (subject.length + (queue?.length ?? 0) > this.#lines.short) this.#lines.note(this.sizeOf(interest));
    }
  }

  /** Tells the server in use of one that another server knew: the link to that is gone. */
  tell(interest: Interest): void {
    this.#send(this.#sub(interest));
  }

  #sub({ subject, queue, sid }: Subscribed): Uint8Array {
    const command = encodeSub(subject, queue, sid);
    this.#lines.note(command.length - FRAME);
    return command;
  }

  close(error: ConnectionError): void {
    const interests = [...this.#interests.values()];
    this.#interests.clear();
    this.#touched.clear();
    this.#current = undefined;
    for (const interest of interests) interest.onClosed(error);
  }
}

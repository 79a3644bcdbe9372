import type { ConnectionError } from "../errors.ts";
import type { Payload } from "../message.ts";
import type { ControlLine } from "../protocol/control-line.ts";
import { joinCommands } from "../protocol/commands.ts";
import { readText } from "../protocol/text.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Counters } from "../statistics.ts";
import type { Transport } from "../transport.ts";
import type { WaitLimits } from "../waiter.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { FlushTurns } from "./flush-turns.ts";
import { InTransit, type Unsent } from "./in-transit.ts";
import type { Leftover } from "./leftover.ts";
import { OutboundLimits, type OutboundOptions, type Refusal } from "./outbound-limits.ts";
import { OutboxWaits } from "./outbox-waits.ts";
import type { OutboxWay } from "./outbox-way.ts";
import { PublishLimits } from "./publish-limits.ts";
import { SLAB_SIZE } from "./slab-pool.ts";
import { SlabWriter } from "./slab-writer.ts";
import type { Unsendable } from "./unsendable.ts";
import { Withdrawals } from "./withdrawals.ts";

/** How much is handed to the transport in one go: what it holds is not replayed if the link breaks. */
const HANDOVER = 512 * 1024;

/**
 * All that goes out, in the order of the calls. It is written into slabs, and handed to the transport at the end of a turn, or when
 * a slab is full. It waits while the transport is busy or away; while the queue is held, new messages wait for the next link.
 */
export class Outbox {
  readonly publishLimits: PublishLimits;
  readonly #limits: OutboundLimits;
  readonly #counters: Counters;
  #transport: Transport | undefined;
  #way: OutboxWay = "absent";
  /** The position of the last message that a transport was given. */
  #handedOver = 0;
  readonly #queue = new ChunkQueue();
  readonly #writer = new SlabWriter(this.#queue, () => this.flush());
  readonly #withdrawals: Withdrawals;
  readonly #inTransit = new InTransit();
  readonly #turns = new FlushTurns(() => this.flush());
  readonly #waits = new OutboxWaits();

  constructor(options: OutboundOptions, counters: Counters) {
    this.publishLimits = new PublishLimits(options.maxControlLine);
    this.#limits = new OutboundLimits(options, counters);
    this.#withdrawals = new Withdrawals(this.#queue, this.#writer, counters);
    this.#counters = counters;
  }

  /** Bytes that have not left the process. */
  get pendingBytes(): number {
    return this.#waitingBytes + (this.#transport?.unsentBytes ?? 0);
  }

  get #waitingBytes(): number {
    return this.#queue.bytes + this.#writer.length;
  }

  /** Messages that have not been handed over. */
  get waitingMessages(): number {
    return this.#queue.messages + this.#writer.messages;
  }

  /**
   * Takes a message whose parts are valid; false if it was dropped by choice.
   *
   * Throws `OUTBOUND_LIMIT_EXCEEDED` or `DISCONNECTED`, by the options; then nothing was taken.
   */
  publish(
    to: ControlLine,
    reply: string | Uint8Array | undefined,
    block: Uint8Array | undefined,
    payload: Payload,
  ): boolean {
    if (!this.#isOpen) {
      const refusal = this.#refusal(block, payload);
      if (refusal !== undefined) return this.#limits.refuse(refusal, this.pendingBytes, to.subject);
    }
    this.#onTaken(this.#writer.publish(to, reply, block, payload));
    return true;
  }

  /** As {@link publish}, to a subject that lies in received bytes. */
  publishTo(bytes: Uint8Array, start: number, end: number, payload: Payload): boolean {
    if (!this.#isOpen) {
      const refusal = this.#refusal(undefined, payload);
      if (refusal !== undefined)
        return this.#limits.refuse(refusal, this.pendingBytes, readText(bytes, start, end));
    }
    this.#onTaken(this.#writer.publishTo(bytes, start, end, payload));
    return true;
  }

  #onTaken(size: number): void {
    this.#counters.outMessages++;
    this.#counters.outBytes += size;
    this.#turns.schedule();
  }

  /** Takes a command, which is never refused: SUB, UNSUB, PING or PONG. */
  command(bytes: Uint8Array): void {
    this.#writer.command(bytes);
    this.#turns.schedule();
  }

  /** The position of the message that was taken last: its number among all that were taken. */
  get lastPosition(): number {
    return this.#writer.last;
  }

  /** What the link in use was given, or the last one without a link: up to which position, and how many messages. */
  get given(): { readonly handedOver: number; readonly givenToLink: number } {
    return { handedOver: this.#handedOver, givenToLink: this.#inTransit.given };
  }

  /** Whether the message at this position has been given to a transport. */
  isHandedOver(position: number): boolean {
    return position <= this.#handedOver;
  }

  /** The message at this position is not to be sent, unless it has been handed over. */
  withdraw(position: number): void {
    if (position > this.#handedOver && this.#withdrawals.add(position)) this.removeWithdrawn();
  }

  /** A link to a server begins. Takes out the waiting messages that it does not take, and returns why, by position. */
  onLink(info: ServerInfo): Unsendable {
    return this.#takeUnsendable(this.publishLimits.onLink(info));
  }

  /** As {@link onLink}, when the server in use tells its limits anew. */
  onInfo(info: ServerInfo): Unsendable {
    return this.#takeUnsendable(this.publishLimits.onInfo(info));
  }

  #takeUnsendable(takesLess: boolean): Unsendable {
    if (!takesLess) return new Map();
    this.removeWithdrawn();
    return this.#withdrawals.takeUnsendable(this.publishLimits);
  }

  /** Takes the withdrawn messages out. They count as published no more. */
  removeWithdrawn(): void {
    if (this.#withdrawals.remove()) this.#tellReady();
  }

  /** Whether what comes now goes out at once. */
  get #isOpen(): boolean {
    return this.#way === "open" && !this.#queue.isHeld;
  }

  /** Why a message can't come in to wait; undefined if it can. */
  #refusal(block: Uint8Array | undefined, payload: Payload): Refusal | undefined {
    return this.#limits.refusal(this.#transport !== undefined, this.pendingBytes, block, payload);
  }

  /** Hands over what there is, as far as the transport takes it. */
  flush(): void {
    const transport = this.#transport;
    // A transport at its end loses what it is given. What waits is kept for the next link.
    if (transport === undefined || this.#way !== "open" || transport.isClosed === true) return;
    if (this.#withdrawals.size > 0) this.removeWithdrawn();
    if (!this.#queue.isHeld && this.#queue.length > 0) this.#writer.seal();
    if (this.#queue.isHeld || this.#queue.length > 0) this.#sendQueue(transport);
    else if (this.#writer.length > 0) this.#sendRegion(transport);
  }

  #sendRegion(transport: Transport): void {
    const { messages } = this.#writer;
    const region = this.#writer.takeRegion();
    this.#handedOver = this.#writer.last;
    this.#way = "writing";
    const mayGoOn = this.#onWritten(transport.write(region), messages, region.length);
    if (mayGoOn && this.#queue.length === 0) this.#writer.onSent();
  }

  #sendQueue(transport: Transport): void {
    while (this.#queue.canTake && transport.isClosed !== true) {
      const { messages, bytes } = this.#queue;
      const chunks = this.#queue.take(HANDOVER);
      this.#handedOver = this.#queue.takenUpTo;
      const taken = { messages: messages - this.#queue.messages, bytes: bytes - this.#queue.bytes };
      this.#way = "writing";
      if (!this.#onWritten(transport.writeAll(chunks), taken.messages, taken.bytes)) return;
    }
    // Messages of a held queue still lie in slabs.
    if (this.#queue.length === 0) this.#writer.onSent();
  }

  /** Returns whether more may be written. */
  #onWritten(isTaken: boolean, messages: number, bytes: number): boolean {
    if (this.#way === "writing") this.#way = isTaken ? "open" : "busy";
    this.#inTransit.add(messages, bytes, this.#unsentBytes);
    return this.#way === "open";
  }

  /** Bytes that may not have left. While the transport is busy all that it was given last may be unsent. */
  get #unsentBytes(): number {
    return this.#way === "busy" ? Infinity : (this.#transport?.unsentBytes ?? 0);
  }

  /** The transport has taken all that it was given. */
  onDrain(): void {
    this.#inTransit.left(this.#transport?.unsentBytes ?? 0);
    if (this.#way === "busy") {
      this.#way = "open";
      this.#writer.onPartSent();
    }
    this.flush();
    this.#tellReady();
    if (this.#waitingBytes === 0) this.#waits.onEmpty();
  }

  /**
   * Resolves when no more than the high-water mark waits to be sent; at once if that is so now, but now and then in the
   * next turn of the event loop. While disconnected the mark is the limit of the buffer.
   */
  ready(options: WaitLimits): Promise<void> {
    return this.#isReady ? this.#waits.turn() : this.#waits.forRoom(options);
  }

  get #isReady(): boolean {
    return this.#isOpen || this.#limits.isReady(this.#transport !== undefined, this.pendingBytes);
  }

  #tellReady(): void {
    if (this.#waits.isForRoom && this.#isReady) this.#waits.onRoom();
  }

  /** Begins to send: first `preamble`, then what waited. */
  attach(transport: Transport, preamble: readonly Uint8Array[]): Leftover {
    this.removeWithdrawn();
    const replayed = { messages: this.waitingMessages, bytes: this.pendingBytes };
    this.#transport = transport;
    this.#inTransit.begin();
    this.#queue.release([], this.#handedOver);
    this.#way =
      preamble.length === 0 || transport.writeAll(joinCommands(preamble, SLAB_SIZE)) ? "open" : "busy";
    this.flush();
    this.#tellReady();
    return replayed;
  }

  /** Hands over what there is, and nothing that comes later, until the next {@link attach} or {@link release}. */
  hold(): void {
    this.#writer.seal();
    this.#queue.hold();
    this.flush();
  }

  /** Takes the waiting commands for the link in use, which is about to be left. Commands that were held back stay. */
  takeCommands(): Uint8Array[] {
    return this.#queue.takeCommands();
  }

  /** The connection stays with its link: `commands` go first, then what was held back. */
  release(commands: readonly Uint8Array[] = []): void {
    if (!this.#queue.isHeld) return;
    this.#queue.release(joinCommands(commands, SLAB_SIZE), this.#handedOver);
    this.flush();
  }

  /** The link is gone: keeps what was not handed over, for the next one. Returns what was handed over and may not have left. */
  detach(): Unsent {
    const unsent = this.#inTransit.take(this.#unsentBytes);
    this.#transport = undefined;
    this.#way = "absent";
    this.#waits.onEmpty();
    this.#writer.onLost();
    this.#queue.release([], this.#handedOver);
    this.#queue.dropCommands();
    this.#tellReady();
    return unsent;
  }

  /** Resolves when all has been handed over, or the link is gone, or after `timeout` milliseconds. */
  async emptied(timeout: number): Promise<void> {
    this.flush();
    if (this.#transport !== undefined && this.#waitingBytes > 0) await this.#waits.untilEmpty(timeout);
  }

  /** The connection is closed: gives up what waits, and says how much that is. */
  close(error: ConnectionError): Leftover {
    this.removeWithdrawn();
    const lost = { messages: this.waitingMessages, bytes: this.#waitingBytes };
    this.#transport = undefined;
    this.#way = "absent";
    this.#writer.takeRegion();
    this.#queue.clear();
    this.#waits.onClosed(error);
    return lost;
  }

  /** The link has ended, and `unsentBytes` never left it: how many messages that is, at most. */
  takeUnsent(unsentBytes: number): number {
    return this.#inTransit.take(unsentBytes).messages;
  }
}

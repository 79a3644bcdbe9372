import { ConnectionError } from "../errors.ts";
import type { Payload } from "../message.ts";
import type { WhileDisconnected } from "../options.ts";
import {
  CRLF,
  publishLineBound,
  writeBytes,
  writeCrlf,
  writeHpub,
  writePub,
  writePubTo,
} from "../protocol/encoder.ts";
import { encodeText, readText, writeText } from "../protocol/text.ts";
import type { Transport } from "../transport.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";
import { WaitingList } from "../waiting-list.ts";
import { ChunkQueue } from "./chunk-queue.ts";
import { InTransit, type Unsent } from "./in-transit.ts";
import { SLAB_SIZE, SlabPool } from "./slab-pool.ts";
import type { Counters } from "../statistics.ts";

export interface OutboxOptions {
  readonly whileDisconnected: WhileDisconnected;
  readonly reconnectBufferSize: number;
  readonly highWaterMark: number;
  readonly maxPendingBytes: number;
}

/** From here on a payload is handed to the transport as it is: copying it would cost more than a chunk of its own. */
const LARGE = 32 * 1024;

/** A slab that waits is kept whole if it is filled up to here, else cut to size. */
const WELL_FILLED = (SLAB_SIZE / 8) * 7;

/** How much is handed to the transport in one go: what it holds is not replayed if the link breaks. */
const HANDOVER = 512 * 1024;

/**
 * A flush waits for this many turns of the microtask queue in which nothing was added, so that a loop which awaits
 * `ready()` before each publish is sent by the slab and not by the message.
 */
const QUIET_TURNS = 3;

/** Why a message is not taken: a limit, or the choice made for the time without a link. */
type Refusal = "maxPendingBytes" | "reconnectBufferSize" | "throw" | "drop";

/** What waits for a link, or has waited in vain. */
export interface Leftover {
  /** Messages; of those that the transport had when the link ended, some may have left after all. */
  readonly messages: number;
  /** Bytes on the wire. */
  readonly bytes: number;
}

/**
 * All that goes out, in the order of the calls (BUF-13): encoded into a slab, handed to the transport once a
 * microtask turn and per full slab, held back while the transport is busy or away.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #counters: Counters;
  #transport: Transport | undefined;
  /** The transport has not yet taken what it was given last. */
  #isBlocked = false;
  /** What comes now is not handed over: the link is about to be replaced. */
  #isHeld = false;

  // slab: [.. sent or queued ..][start .. region being filled .. end)[.. free ..]
  #slab = new Uint8Array(SLAB_SIZE);
  #start = 0;
  #end = 0;
  #regionIsCommands = false;

  // Positions of messages, which are counted from 1 on as they come: [.. handed over][.. queued][.. in the region].
  #handedOver = 0;
  #queued = 0;
  #last = 0;
  /** Positions of messages that are not to be sent; they may still be in the queue. */
  readonly #withdrawn = new Set<number>();

  readonly #slabs = new SlabPool();
  readonly #queue = new ChunkQueue();
  readonly #inTransit = new InTransit();

  #isFlushScheduled = false;
  #quietTurns = 0;
  #seenEnd = 0;
  readonly #waitingForRoom = new WaitingList({ what: "room in the outbound buffer" });
  #emptied: Waiter<void> | undefined;

  constructor(options: OutboxOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** Bytes that have not left the process. */
  get pendingBytes(): number {
    return this.#queue.bytes + this.#end - this.#start + (this.#transport?.unsentBytes ?? 0);
  }

  // PUB · HPUB
  /**
   * Takes a message whose parts are valid; false if it was dropped by choice. `size` is the payload's, in bytes.
   *
   * Throws `OUTBOUND_LIMIT_EXCEEDED` or `DISCONNECTED`, by the options; then nothing was taken.
   */
  publish(
    subject: string,
    reply: string | Uint8Array | undefined,
    block: Uint8Array | undefined,
    payload: Payload,
    size: number,
  ): boolean {
    const headerSize = block === undefined ? 0 : block.length;
    const total = headerSize + size;
    const refusal = this.#refusal(total);
    if (refusal !== undefined) return this.#refuse(refusal, subject);
    const line = publishLineBound(subject.length + (reply === undefined ? 0 : reply.length));
    const isLarge = size >= LARGE;
    const slab = this.#reserve(isLarge ? line : line + total + 2, false);
    const at =
      block === undefined
        ? writePub(slab, this.#end, subject, reply, size)
        : writeHpub(slab, this.#end, subject, reply, headerSize, total);
    this.#last++;
    if (isLarge) this.#finishLarge(at, block, payload);
    else this.#finish(slab, block === undefined ? at : writeBytes(slab, at, block), payload);
    this.#count(total);
    return true;
  }

  // PUB <subject> <#bytes>␍␊
  /** As {@link publish}, to a subject that lies in received bytes. */
  publishTo(bytes: Uint8Array, start: number, end: number, payload: Payload, size: number): boolean {
    const refusal = this.#refusal(size);
    if (refusal !== undefined) return this.#refuse(refusal, readText(bytes, start, end));
    const line = publishLineBound(end - start);
    const isLarge = size >= LARGE;
    const slab = this.#reserve(isLarge ? line : line + size + 2, false);
    const at = writePubTo(slab, this.#end, bytes, start, end, size);
    this.#last++;
    if (isLarge) this.#finishLarge(at, undefined, payload);
    else this.#finish(slab, at, payload);
    this.#count(size);
    return true;
  }

  /** Takes a command, which is never refused: SUB, UNSUB, PING or PONG. */
  command(bytes: Uint8Array): void {
    const slab = this.#reserve(bytes.length, true);
    this.#end = writeBytes(slab, this.#end, bytes);
    this.#scheduleFlush();
  }

  /** The position of the message that was taken last: it came as the so-many-th. */
  get lastPosition(): number {
    return this.#last;
  }

  /** Whether the message at this position has been given to a transport. */
  isHandedOver(position: number): boolean {
    return position <= this.#handedOver;
  }

  /** The message at this position is not to be sent, unless it has been handed over. */
  withdraw(position: number): void {
    if (position <= this.#handedOver) return;
    this.#withdrawn.add(position);
    // Not one by one: thousands may be withdrawn in a row, and each look goes through all that waits.
    if (this.#withdrawn.size * 2 > this.#waitingMessages()) this.#removeWithdrawn();
  }

  #removeWithdrawn(): void {
    if (this.#withdrawn.size === 0) return;
    if (this.#end > this.#start) this.#seal();
    this.#queue.remove(this.#withdrawn);
    this.#withdrawn.clear();
    this.#tellReady();
  }

  #finish(slab: Uint8Array, at: number, payload: Payload): void {
    let end = at;
    if (typeof payload === "string") end = writeText(slab, at, payload);
    else if (payload !== undefined) end = writeBytes(slab, at, payload);
    this.#end = writeCrlf(slab, end);
    this.#scheduleFlush();
  }

  #finishLarge(at: number, block: Uint8Array | undefined, payload: Payload): void {
    this.#end = at;
    this.#seal();
    if (block !== undefined) this.#queue.push(block, 0, "continuation", this.#last);
    if (payload !== undefined) {
      const bytes = typeof payload === "string" ? encodeText(payload) : payload;
      // What waits for a link may wait for long: then the application gets its array back at once (BUF-12).
      const isOwned = typeof payload === "string" || this.#transport !== undefined;
      this.#queue.push(isOwned ? bytes : bytes.slice(), 0, "continuation", this.#last);
    }
    this.#queue.push(CRLF, 0, "continuation", this.#last);
    if (this.#queue.bytes >= HANDOVER) this.flush();
    else this.#scheduleFlush();
  }

  #count(size: number): void {
    this.#counters.outMessages++;
    this.#counters.outBytes += size;
  }

  /** Why a message can't come in now, if so. */
  #refusal(size: number): Refusal | undefined {
    if (this.#transport !== undefined) {
      return (this.#isBlocked || this.#isHeld) && this.pendingBytes + size > this.#options.maxPendingBytes
        ? "maxPendingBytes"
        : undefined;
    }
    const { whileDisconnected, reconnectBufferSize } = this.#options;
    if (whileDisconnected !== "buffer") return whileDisconnected;
    // BUF-04: tested before the message is added, so the last one may go over the limit.
    return this.pendingBytes >= reconnectBufferSize ? "reconnectBufferSize" : undefined;
  }

  /** Counts a message that is dropped by choice, or throws. */
  #refuse(refusal: Refusal, subject: string): false {
    if (refusal === "drop") {
      this.#counters.outDropped++;
      return false;
    }
    if (refusal === "throw") {
      throw new ConnectionError("DISCONNECTED", "there is no link to a server", { subject, sent: false });
    }
    const limit = this.#options[refusal];
    const message = `the message does not fit: ${this.pendingBytes} bytes wait to be sent, the limit (${refusal}) is ${limit}`;
    throw new ConnectionError("OUTBOUND_LIMIT_EXCEEDED", message, {
      subject,
      argument: refusal,
      sent: false,
    });
  }

  /** Makes room for an operation at `#end`. */
  #reserve(need: number, isCommand: boolean): Uint8Array {
    if (isCommand !== this.#regionIsCommands) {
      if (this.#end > this.#start) this.#seal();
      this.#regionIsCommands = isCommand;
    }
    if (this.#end + need > this.#slab.length) this.#replaceSlab(need);
    return this.#slab;
  }

  #replaceSlab(need: number): void {
    this.flush();
    if (this.#end + need <= this.#slab.length) return;
    if (this.#end > this.#start) this.#seal();
    if (this.#end + need <= this.#slab.length) return;
    // Some of the slab waits in the queue or in the transport, or the operation needs more than any slab has.
    this.#slab = this.#slabs.exchange(this.#slab, need);
    this.#start = 0;
    this.#end = 0;
  }

  /** Queues what the region holds. */
  #seal(): void {
    const region = this.#slab.subarray(this.#start, this.#end);
    // Copied to size unless it fills the slab: what has to wait must not take more memory than its bytes.
    const isHeldBack = this.#isBlocked || this.#isHeld || this.#transport === undefined;
    const isWasteful = isHeldBack && this.#start === 0 && this.#end < WELL_FILLED;
    this.#queue.push(
      isWasteful ? region.slice() : region,
      this.#last - this.#queued,
      this.#regionIsCommands ? "commands" : "publishes",
      this.#last,
    );
    this.#queued = this.#last;
    this.#start = isWasteful ? 0 : this.#end;
    this.#end = this.#start;
  }

  #scheduleFlush(): void {
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    this.#quietTurns = 0;
    this.#seenEnd = this.#end;
    queueMicrotask(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    if (this.#end !== this.#seenEnd) {
      this.#seenEnd = this.#end;
      this.#quietTurns = 0;
    } else if (++this.#quietTurns >= QUIET_TURNS) {
      this.#isFlushScheduled = false;
      this.flush();
      return;
    }
    queueMicrotask(this.#onTurn);
  };

  /** Hands over what there is, as far as the transport takes it. */
  flush(): void {
    const transport = this.#transport;
    // What waits when the end is seen is kept for the next link; what is written then would be lost in silence.
    if (transport === undefined || this.#isBlocked || transport.isClosed === true) return;
    if (this.#withdrawn.size > 0) this.#removeWithdrawn();
    if (this.#isHeld || this.#queue.length > 0) {
      if (!this.#isHeld && this.#end > this.#start) this.#seal();
      this.#sendQueue(transport);
      return;
    }
    if (this.#end === this.#start) return;
    const region = this.#slab.subarray(this.#start, this.#end);
    const messages = this.#last - this.#queued;
    this.#queued = this.#last;
    this.#handedOver = this.#last;
    this.#start = this.#end;
    this.#isBlocked = !transport.write(region);
    this.#inTransit.add(messages, region.length, this.#unsentBytes);
    if (!this.#isBlocked) this.#reuseSlabs();
  }

  #sendQueue(transport: Transport): void {
    while (this.#queue.canTake && transport.isClosed !== true) {
      const { messages, bytes } = this.#queue;
      const chunks = this.#queue.take(HANDOVER);
      this.#handedOver = this.#queue.takenUpTo;
      this.#isBlocked = !transport.writeAll(chunks);
      this.#inTransit.add(messages - this.#queue.messages, bytes - this.#queue.bytes, this.#unsentBytes);
      if (this.#isBlocked) return;
    }
    this.#reuseSlabs();
  }

  /** What the transport may not have sent: of a write that it has not taken nothing is known. */
  get #unsentBytes(): number {
    return this.#isBlocked ? Infinity : (this.#transport?.unsentBytes ?? 0);
  }

  /** All that was handed over has left; what waits in the queue still lies in slabs. */
  #reuseSlabs(): void {
    if (this.#queue.length > 0) return;
    this.#slabs.onSent();
    if (this.#end > this.#start) return;
    this.#start = 0;
    this.#end = 0;
    this.#seenEnd = 0;
  }

  /** The transport has taken all that it was given. */
  onDrain(): void {
    this.#inTransit.settle(this.#transport?.unsentBytes ?? 0);
    this.#isBlocked = false;
    this.flush();
    this.#tellReady();
    if (!this.#isWaiting()) this.#emptied?.resolve();
  }

  /**
   * Resolves when no more than the high-water mark waits to be sent; at once if that is so now. While disconnected
   * the mark is the limit of the buffer.
   */
  ready(options: WaitOptions): Promise<void> {
    return this.#isReady() ? READY : this.#waitingForRoom.wait(options);
  }

  #isReady(): boolean {
    if (this.#transport === undefined) {
      return (
        this.#options.whileDisconnected !== "buffer" || this.pendingBytes < this.#options.reconnectBufferSize
      );
    }
    return !(this.#isBlocked || this.#isHeld) || this.pendingBytes <= this.#options.highWaterMark;
  }

  #tellReady(): void {
    if (this.#waitingForRoom.length > 0 && this.#isReady()) this.#waitingForRoom.resolve();
  }

  /** Begins to send: first `preamble`, then what waited. */
  attach(transport: Transport, preamble: readonly Uint8Array[]): Leftover {
    this.#removeWithdrawn();
    const replayed = { messages: this.#waitingMessages(), bytes: this.pendingBytes };
    this.#transport = transport;
    this.#isHeld = false;
    this.#isBlocked = preamble.length > 0 && !transport.writeAll(preamble);
    this.flush();
    this.#tellReady();
    return replayed;
  }

  /** Hands over what there is, and nothing that comes later, until the next {@link attach} or {@link release}. */
  hold(): void {
    if (this.#end > this.#start) this.#seal();
    this.#isHeld = true;
    this.#queue.hold();
    this.flush();
  }

  /** The connection stays with its link: `commands` go first, then what was held back. */
  release(commands: readonly Uint8Array[] = []): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#queue.release(commands);
    this.flush();
  }

  /**
   * The link is gone: keeps the publishes that were not handed over, to be replayed on the next; returns what was handed
   * over and may not have left.
   */
  detach(): Unsent {
    const unsent = this.#inTransit.take(this.#unsentBytes);
    this.#transport = undefined;
    this.#isHeld = false;
    this.#isBlocked = false;
    this.#emptied?.resolve();
    this.#slabs.forgetBusy();
    if (this.#end > this.#start) this.#seal();
    this.#queue.release([]);
    this.#queue.dropCommands();
    this.#tellReady();
    return unsent;
  }

  /** Resolves when all has been handed over, or the link is gone, or after `timeout` milliseconds. */
  async emptied(timeout: number): Promise<void> {
    this.flush();
    if (!this.#isWaiting()) return;
    this.#emptied = new Waiter<void>({ timeout }, { what: "the outbound buffer to empty" });
    await this.#emptied.promise.catch(() => undefined);
    this.#emptied = undefined;
  }

  #isWaiting(): boolean {
    return this.#transport !== undefined && (this.#queue.length > 0 || this.#end > this.#start);
  }

  /** The connection is closed: gives up what waits, and says how much that is. */
  close(error: ConnectionError): Leftover {
    this.#removeWithdrawn();
    const lost = { messages: this.#waitingMessages(), bytes: this.#queue.bytes + this.#end - this.#start };
    this.#transport = undefined;
    this.#queue.clear();
    this.#start = this.#end;
    this.#queued = this.#last;
    this.#waitingForRoom.reject(error);
    return lost;
  }

  /** The link has ended, and `unsentBytes` never left it: how many messages that is, at most. */
  takeUnsent(unsentBytes: number): number {
    return this.#inTransit.take(unsentBytes).messages;
  }

  /** Messages that have not been handed over. */
  get waitingMessages(): number {
    return this.#waitingMessages();
  }

  #waitingMessages(): number {
    return this.#queue.messages + this.#last - this.#queued;
  }
}

// One settled promise for all: `ready()` before each publish must cost next to nothing.
const READY: Promise<void> = Promise.resolve();

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
import type { Counters } from "./statistics.ts";

export interface OutboxOptions {
  readonly whileDisconnected: WhileDisconnected;
  readonly reconnectBufferSize: number;
  readonly highWaterMark: number;
  readonly maxPendingBytes: number;
}

/** Operations are written straight into a slab of this size; it is used again as soon as it has left. */
const SLAB_SIZE = 64 * 1024;

/** From here on a payload is handed to the transport as it is: copying it would cost more than a chunk of its own. */
const LARGE = 32 * 1024;

/** A slab that waits is kept whole if it is filled up to here, else cut to size. */
const WELL_FILLED = (SLAB_SIZE / 8) * 7;

/** How many slabs that have been sent are kept for the next burst. */
const MAX_SPARE_SLABS = 16;

/** How much is handed to the transport in one go: what it holds is not replayed if the link breaks. */
const HANDOVER = 512 * 1024;

/**
 * A flush waits for this many turns of the microtask queue in which nothing was added, so that a loop which awaits
 * `ready()` before each publish is sent by the slab and not by the message.
 */
const QUIET_TURNS = 3;

/**
 * - `publishes`: whole messages, or the beginning of one large message.
 * - `continuation`: what follows such a beginning; the pieces go out together or not at all.
 * - `commands`: SUB, UNSUB, PING, PONG, of no use on another link than the one they were meant for.
 */
type ChunkKind = "publishes" | "continuation" | "commands";

/** A stretch of operations that wait to be sent. */
interface Chunk {
  readonly bytes: Uint8Array;
  readonly messages: number;
  readonly kind: ChunkKind;
}

/** Why a message is not taken: a limit, or the choice made for the time without a link. */
type Refusal = "maxPendingBytes" | "reconnectBufferSize" | "throw" | "drop";

/** What waits for a link, or has waited in vain. */
export interface Leftover {
  /** Messages that were never handed to the operating system. */
  readonly messages: number;
  /** Their bytes on the wire, and those of what was being written when the link ended. */
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
  /** Nothing is handed over: the link is about to be replaced. */
  #isHeld = false;

  // slab: [.. sent or queued ..][start .. region being filled .. end)[.. free ..]
  #slab = new Uint8Array(SLAB_SIZE);
  #start = 0;
  #end = 0;
  #regionMessages = 0;
  #regionIsCommands = false;

  /** Slabs that the queue or the transport still holds parts of, and slabs that are free. */
  #busySlabs: Uint8Array<ArrayBuffer>[] = [];
  readonly #spareSlabs: Uint8Array<ArrayBuffer>[] = [];

  #queue: Chunk[] = [];
  #queuedBytes = 0;

  #isFlushScheduled = false;
  #quietTurns = 0;
  #seenEnd = 0;
  #ready: Waiter<void>[] = [];
  #emptied: Waiter<void> | undefined;

  constructor(options: OutboxOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** Bytes that have not left the process. */
  get pendingBytes(): number {
    return this.#queuedBytes + this.#end - this.#start + (this.#transport?.unsentBytes ?? 0);
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
    this.#regionMessages++;
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
    this.#regionMessages++;
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
    if (block !== undefined) this.#enqueue(block, 0, "continuation");
    if (payload !== undefined) {
      const bytes = typeof payload === "string" ? encodeText(payload) : payload;
      // What waits for a link may wait for long: then the application gets its array back at once (BUF-12).
      const isOwned = typeof payload === "string" || this.#transport !== undefined;
      this.#enqueue(isOwned ? bytes : bytes.slice(), 0, "continuation");
    }
    this.#enqueue(CRLF, 0, "continuation");
    if (this.#queuedBytes >= HANDOVER) this.flush();
    else this.#scheduleFlush();
  }

  #count(size: number): void {
    this.#counters.outMessages++;
    this.#counters.outBytes += size;
  }

  /** Why a message can't come in now, if so. */
  #refusal(size: number): Refusal | undefined {
    if (this.#transport !== undefined) {
      return this.#isBlocked && this.pendingBytes + size > this.#options.maxPendingBytes
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
    // Some of the old slab waits in the queue or in the transport, or the operation needs more than any slab has.
    if (this.#slab.length === SLAB_SIZE && this.#busySlabs.length < MAX_SPARE_SLABS)
      this.#busySlabs.push(this.#slab);
    this.#slab =
      need > SLAB_SIZE ? new Uint8Array(need) : (this.#spareSlabs.pop() ?? new Uint8Array(SLAB_SIZE));
    this.#start = 0;
    this.#end = 0;
  }

  /** Queues what the region holds. */
  #seal(): void {
    const region = this.#slab.subarray(this.#start, this.#end);
    // Copied to size unless it fills the slab: what has to wait must not take more memory than its bytes.
    const isHeldBack = this.#isBlocked || this.#transport === undefined;
    const isWasteful = isHeldBack && this.#start === 0 && this.#end < WELL_FILLED;
    this.#enqueue(
      isWasteful ? region.slice() : region,
      this.#regionMessages,
      this.#regionIsCommands ? "commands" : "publishes",
    );
    this.#start = isWasteful ? 0 : this.#end;
    this.#end = this.#start;
    this.#regionMessages = 0;
  }

  #enqueue(bytes: Uint8Array, messages: number, kind: ChunkKind): void {
    this.#queue.push({ bytes, messages, kind });
    this.#queuedBytes += bytes.length;
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
    if (transport === undefined || this.#isBlocked) return;
    if (this.#queue.length > 0) {
      if (this.#end > this.#start) this.#seal();
      this.#sendQueue(transport);
      return;
    }
    if (this.#end === this.#start) return;
    const region = this.#slab.subarray(this.#start, this.#end);
    this.#regionMessages = 0;
    this.#start = this.#end;
    if (transport.write(region)) this.#reuseSlabs();
    else this.#isBlocked = true;
  }

  #sendQueue(transport: Transport): void {
    while (this.#queue.length > 0) {
      let count = 0;
      let bytes = 0;
      while (
        count < this.#queue.length &&
        (bytes < HANDOVER || this.#queue[count]!.kind === "continuation")
      ) {
        bytes += this.#queue[count++]!.bytes.length;
      }
      const chunks = this.#queue.splice(0, count).map((chunk) => chunk.bytes);
      this.#queuedBytes -= bytes;
      if (!transport.writeAll(chunks)) {
        this.#isBlocked = true;
        return;
      }
    }
    this.#reuseSlabs();
  }

  /** All has left. */
  #reuseSlabs(): void {
    if (this.#busySlabs.length > 0) {
      this.#spareSlabs.push(...this.#busySlabs.slice(0, MAX_SPARE_SLABS - this.#spareSlabs.length));
      this.#busySlabs = [];
    }
    if (this.#end > this.#start) return;
    this.#start = 0;
    this.#end = 0;
    this.#seenEnd = 0;
  }

  /** The transport has taken all that it was given. */
  onDrain(): void {
    if (this.#isHeld) return;
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
    if (this.#isReady()) return READY;
    const waiter = new Waiter<void>(options, { what: "room in the outbound buffer" });
    // Those that gave up go now and then: a poll with a timeout leaves one each time.
    if (this.#ready.length % 32 === 31) this.#ready = this.#ready.filter((other) => !other.isSettled);
    this.#ready.push(waiter);
    return waiter.promise;
  }

  #isReady(): boolean {
    if (this.#transport === undefined) {
      return (
        this.#options.whileDisconnected !== "buffer" || this.pendingBytes < this.#options.reconnectBufferSize
      );
    }
    return !this.#isBlocked || this.pendingBytes <= this.#options.highWaterMark;
  }

  #tellReady(): void {
    if (this.#ready.length === 0 || !this.#isReady()) return;
    const waiters = this.#ready;
    this.#ready = [];
    for (const waiter of waiters) waiter.resolve();
  }

  /** Begins to send: first `preamble`, then what waited. */
  attach(transport: Transport, preamble: readonly Uint8Array[]): Leftover {
    const replayed = { messages: this.#waitingMessages(), bytes: this.pendingBytes };
    this.#transport = transport;
    this.#isHeld = false;
    this.#isBlocked = preamble.length > 0 && !transport.writeAll(preamble);
    this.flush();
    this.#tellReady();
    return replayed;
  }

  /** Hands nothing over any more, until the next {@link attach}: the connection moves to another link. */
  hold(): void {
    this.#isHeld = true;
    this.#isBlocked = true;
  }

  /** Hands over again: the connection stays with its link. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#isBlocked = (this.#transport?.unsentBytes ?? 0) > 0;
    this.flush();
  }

  /** The link is gone: keeps the publishes that were not handed over, to be replayed on the next. */
  detach(): void {
    this.#transport = undefined;
    this.#isHeld = false;
    this.#isBlocked = false;
    this.#emptied?.resolve();
    // What the transport had of these is not known to be free.
    this.#busySlabs = [];
    if (this.#end > this.#start) this.#seal();
    this.#queue = this.#queue.filter((chunk) => chunk.kind !== "commands");
    this.#queuedBytes = this.#queue.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.#tellReady();
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
    const lost = { messages: this.#waitingMessages(), bytes: this.#queuedBytes + this.#end - this.#start };
    this.#transport = undefined;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#start = this.#end;
    this.#regionMessages = 0;
    for (const waiter of this.#ready) waiter.reject(error);
    this.#ready = [];
    return lost;
  }

  #waitingMessages(): number {
    return this.#queue.reduce((sum, chunk) => sum + chunk.messages, this.#regionMessages);
  }
}

// One settled promise for all: `ready()` before each publish must cost next to nothing.
const READY: Promise<void> = Promise.resolve();

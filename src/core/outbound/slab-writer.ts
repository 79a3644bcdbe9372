import type { Payload } from "../message.ts";
import type { ControlLine } from "../protocol/control-line.ts";
import {
  CRLF,
  correctSize,
  publishLineBound,
  writeBytes,
  writeCrlf,
  writeDecimal,
  writeHeaderSize,
  writePayload,
  writePubTo,
  writeReply,
} from "../protocol/encoder.ts";
import { UPPER_H } from "../protocol/ascii.ts";
import { encodeText, writeText } from "../protocol/text.ts";
import type { ChunkKind, ChunkQueue } from "./chunk-queue.ts";
import { SLAB_SIZE, SlabPool } from "./slab-pool.ts";

/** Up to here a message goes into one slab; what does not fit there fills it and goes on in the next. */
const WHOLE = 4 * 1024;

const CRLF_WORD = 0x0d0a;

/**
 * Writes operations into slabs, one behind the other. The region that is being filled holds whole operations whenever
 * nothing is being written; `onFull` is told when there is no room for more, and may send it.
 */
export class SlabWriter {
  readonly #queue: ChunkQueue;
  readonly #onFull: () => void;
  readonly #pool = new SlabPool();

  // slab: [.. sent or queued ..][start .. region being filled .. end)[.. free ..]
  #slab = new Uint8Array(SLAB_SIZE);
  #view = new DataView(this.#slab.buffer);
  #start = 0;
  #end = 0;
  #kind: ChunkKind = "publishes";

  // Positions of messages, which are counted from 1 on as they come: [.. queued or taken][.. in the region].
  #sealed = 0;
  #last = 0;

  constructor(queue: ChunkQueue, onFull: () => void) {
    this.#queue = queue;
    this.#onFull = onFull;
  }

  /** Bytes in the region that is being filled. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Messages in the region that is being filled. */
  get messages(): number {
    return this.#last - this.#sealed;
  }

  /** The position of the message that was written last: its number among all that were written. */
  get last(): number {
    return this.#last;
  }

  // PUB · HPUB
  /** Writes a message whose parts are valid; returns the bytes of its headers and payload. */
  publish(
    to: ControlLine,
    reply: string | Uint8Array | undefined,
    block: Uint8Array | undefined,
    payload: Payload,
  ): number {
    const headerSize = block === undefined ? 0 : block.length;
    const size = payload === undefined ? 0 : payload.length;
    const body = headerSize + (typeof payload === "string" ? 3 * size : size) + 2;
    const line = publishLineBound(to.subject.length + (reply === undefined ? 0 : reply.length));
    if (!this.#hasRoom(line + body, "publishes") && !this.#makeRoom("publishes", line, body)) {
      return this.#publishInParts(to, reply, block, payload);
    }
    const total = headerSize + size;
    const at =
      reply === undefined && block === undefined
        ? to.write(this.#slab, this.#view, this.#end, size)
        : this.#writeLine(to, reply, block, total);
    return this.#writeBody(at, block, payload, total);
  }

  // PUB <subject> <#bytes>␍␊
  /** As {@link publish}, to a subject that lies in received bytes. */
  publishTo(bytes: Uint8Array, start: number, end: number, payload: Payload): number {
    const size = payload === undefined ? 0 : payload.length;
    const body = (typeof payload === "string" ? 3 * size : size) + 2;
    const line = publishLineBound(0) + end - start;
    if (!this.#hasRoom(line + body, "publishes") && !this.#makeRoom("publishes", line, body)) {
      const content = typeof payload === "string" ? encodeText(payload) : payload;
      const total = content?.length ?? 0;
      const lineEnd = writePubTo(this.#slab, this.#end, bytes, start, end, total);
      return this.#finishInParts(lineEnd, undefined, content);
    }
    return this.#writeBody(
      writePubTo(this.#slab, this.#end, bytes, start, end, size),
      undefined,
      payload,
      size,
    );
  }

  /** SUB, UNSUB, PING or PONG. */
  command(bytes: Uint8Array): void {
    if (!this.#hasRoom(bytes.length, "commands")) this.#makeRoom("commands", bytes.length, 0);
    this.#end = writeBytes(this.#slab, this.#end, bytes);
  }

  /** Writes the control line of a message with a reply subject or headers; returns where it ends. */
  #writeLine(
    to: ControlLine,
    reply: string | Uint8Array | undefined,
    block: Uint8Array | undefined,
    total: number,
  ): number {
    const slab = this.#slab;
    let at = this.#end;
    if (block !== undefined) slab[at++] = UPPER_H;
    at = to.writeBeginning(slab, this.#view, at);
    if (reply !== undefined) at = writeReply(slab, at, reply);
    if (block !== undefined) at = writeHeaderSize(slab, at, block.length);
    return writeCrlf(slab, writeDecimal(slab, at, total));
  }

  /**
   * Writes what follows a line that ends at `lineEnd`. Text is taken for ASCII until it is written: to count its bytes
   * first would cost more than all the rest. Returns the bytes of headers and payload.
   */
  #writeBody(lineEnd: number, block: Uint8Array | undefined, payload: Payload, assumed: number): number {
    const slab = this.#slab;
    let total = assumed;
    let at = block === undefined ? lineEnd : writeBytes(slab, lineEnd, block);
    if (typeof payload === "string") {
      at = writeText(slab, at, payload);
      total = at - lineEnd;
      if (total !== assumed) at = correctSize(slab, lineEnd, at, assumed, total);
    } else if (payload !== undefined) {
      at = writePayload(slab, this.#view, at, payload);
    }
    this.#view.setUint16(at, CRLF_WORD);
    this.#end = at + 2;
    this.#last++;
    return total;
  }

  /** As {@link publish}: there is room for the control line, and not for what follows. */
  #publishInParts(
    to: ControlLine,
    reply: string | Uint8Array | undefined,
    block: Uint8Array | undefined,
    payload: Payload,
  ): number {
    const content = typeof payload === "string" ? encodeText(payload) : payload;
    const total = (block?.length ?? 0) + (content?.length ?? 0);
    return this.#finishInParts(this.#writeLine(to, reply, block, total), block, content);
  }

  /** The parts wait until the last of them is there: only then may the first be sent. */
  #finishInParts(lineEnd: number, block: Uint8Array | undefined, payload: Uint8Array | undefined): number {
    this.#end = lineEnd;
    this.#last++;
    if (block !== undefined) this.#writePart(block);
    if (payload !== undefined) this.#writePart(payload);
    this.#writePart(CRLF);
    if (this.#kind === "continuation") {
      this.seal();
      this.#onFull();
    }
    return (block?.length ?? 0) + (payload?.length ?? 0);
  }

  #writePart(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#end === SLAB_SIZE) {
        this.#nextSlab();
        this.#kind = "continuation";
      }
      const part = bytes.subarray(at, at + SLAB_SIZE - this.#end);
      this.#slab.set(part, this.#end);
      this.#end += part.length;
      at += part.length;
    }
  }

  #hasRoom(need: number, kind: ChunkKind): boolean {
    return this.#kind === kind && this.#end + need <= SLAB_SIZE;
  }

  /** Makes room for `head` and, if it need not be parted from it, for `body` behind it; false if it must be. */
  #makeRoom(kind: ChunkKind, head: number, body: number): boolean {
    const need = head + body;
    if (this.#kind !== kind) this.seal();
    // With what has been sent its slab may be free again.
    if (need <= SLAB_SIZE && this.#end + need > SLAB_SIZE) this.#onFull();
    const isTooFull = this.#end + (need <= WHOLE ? need : head) > SLAB_SIZE;
    if (isTooFull) this.#nextSlab();
    this.#kind = kind;
    return this.#end + need <= SLAB_SIZE;
  }

  #nextSlab(): void {
    this.seal();
    this.#setSlab(this.#pool.exchange(this.#slab));
  }

  #setSlab(slab: Uint8Array<ArrayBuffer>): void {
    this.#slab = slab;
    this.#view = new DataView(slab.buffer);
    this.#start = 0;
    this.#end = 0;
  }

  /** Queues the region, if there is anything in it. */
  seal(): void {
    if (this.#end > this.#start) {
      const { messages } = this;
      this.#queue.push(this.takeRegion(), messages, this.#kind, this.#last);
    }
    this.#kind = "publishes";
  }

  /** Takes the region, which is sent past the queue. */
  takeRegion(): Uint8Array {
    const region = this.#slab.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#sealed = this.#last;
    return region;
  }

  /** What was handed over has been sent, up to what waits in the queue. */
  onPartSent(): void {
    this.#pool.onSent(this.#queue.firstSlab((memory) => this.#pool.isBusy(memory)));
  }

  /** All that was queued or handed over has been sent: its memory is free. */
  onSent(): void {
    this.#pool.onSent(undefined);
    if (this.#end > this.#start) return;
    this.#start = 0;
    this.#end = 0;
  }

  /** The transport is gone. What it had not sent it may still read, and perhaps send: that memory is not used again. */
  onLost(): void {
    this.seal();
    this.#pool.forgetBusy();
    this.#setSlab(new Uint8Array(SLAB_SIZE));
  }
}

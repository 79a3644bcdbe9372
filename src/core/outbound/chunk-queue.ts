import { type Taken, type Unsendable, unsendable } from "./unsendable.ts";
import { type Positions, withoutMessages } from "./withdrawal.ts";

/**
 * - `publishes`: whole messages, and perhaps the beginning of one more.
 * - `continuation`: the rest of such a message, and nothing else; the parts go out together or not at all.
 * - `commands`: SUB, UNSUB, PING, PONG, of no use on another link than the one they were meant for.
 */
export type ChunkKind = "publishes" | "continuation" | "commands";

/** A stretch of operations that wait to be sent. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly messages: number;
  readonly kind: ChunkKind;
  /** The position of its last message, or of the last one before it; messages are counted from 1 on as they come. */
  readonly last: number;
}

/** Encoded operations that wait for the transport, or for a link, in the order in which they are to be sent. */
export class ChunkQueue {
  #chunks: Chunk[] = [];
  #bytes = 0;
  #messages = 0;
  #takenUpTo = 0;
  /** How many chunks may be taken: all, or while the queue is held those that came before. */
  #takeable = Infinity;

  get length(): number {
    return this.#chunks.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  /** The slab of the first chunk that lies in one. Chunks that were cut out of a slab have memory of their own. */
  firstSlab(isSlab: (memory: ArrayBufferLike) => boolean): ArrayBufferLike | undefined {
    return this.#chunks.find(({ bytes }) => isSlab(bytes.buffer))?.bytes.buffer;
  }

  /** Whether what comes now has to wait for {@link release}. */
  get isHeld(): boolean {
    return this.#takeable !== Infinity;
  }

  /** The position of the last message that was taken. */
  get takenUpTo(): number {
    return this.#takenUpTo;
  }

  push(bytes: Uint8Array, messages: number, kind: ChunkKind, last: number): void {
    this.#chunks.push({ bytes, messages, kind, last });
    this.#bytes += bytes.length;
    this.#messages += messages;
  }

  /** Whether there is something to take. */
  get canTake(): boolean {
    return this.#end > 0;
  }

  get #end(): number {
    return Math.min(this.#takeable, this.#chunks.length);
  }

  /** Takes chunks until they make up `limit` bytes; what continues the last of them comes along. */
  take(limit: number): Uint8Array[] {
    const end = this.#end;
    let count = 0;
    let bytes = 0;
    let messages = 0;
    while (count < end && (bytes < limit || this.#chunks[count]!.kind === "continuation")) {
      const chunk = this.#chunks[count++]!;
      bytes += chunk.bytes.length;
      messages += chunk.messages;
      this.#takenUpTo = chunk.last;
    }
    this.#bytes -= bytes;
    this.#messages -= messages;
    this.#takeable -= count;
    return this.#chunks.splice(0, count).map((chunk) => chunk.bytes);
  }

  /** Takes the commands among the chunks that may be taken: they are meant for the link in use, and for no other. */
  takeCommands(): Uint8Array[] {
    const end = this.#end;
    const commands = this.#chunks.filter(({ kind }, i) => i < end && kind === "commands");
    this.#chunks = this.#chunks.filter(({ kind }, i) => i >= end || kind !== "commands");
    if (this.#takeable !== Infinity) this.#takeable = end - commands.length;
    for (const { bytes } of commands) this.#bytes -= bytes.length;
    return commands.map(({ bytes }) => bytes);
  }

  /** What comes from now on is not to be taken, until {@link release}. */
  hold(): void {
    this.#takeable = this.#chunks.length;
  }

  /** Everything may be taken again; `commands` go in front of what was held back. `sent`: the last position that was sent. */
  release(commands: readonly Uint8Array[], sent: number): void {
    const last = this.#chunks[this.#end - 1]?.last ?? sent;
    const chunks = commands.map((bytes): Chunk => ({ bytes, messages: 0, kind: "commands", last }));
    this.#chunks.splice(this.#end, 0, ...chunks);
    for (const { bytes } of chunks) this.#bytes += bytes.length;
    this.#takeable = Infinity;
  }

  /** The link is gone, and with it the use of what was meant for its server alone. */
  dropCommands(): void {
    this.#chunks = this.#chunks.filter(({ kind }) => kind !== "commands");
    this.#bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
  }

  /** The messages that a server does not take. */
  unsendable(taken: Taken): Unsendable {
    return unsendable(this.#chunks, taken);
  }

  /** Takes out the messages at these positions; returns the bytes of their headers and payloads. */
  remove(positions: Positions): number {
    let removed = 0;
    const onRemoved = (size: number): void => void (removed += size);
    const takeable = withoutMessages(this.#chunks.slice(0, this.#end), positions, onRemoved);
    const others = withoutMessages(this.#chunks.slice(this.#end), positions, onRemoved);
    if (this.#takeable !== Infinity) this.#takeable = takeable.length;
    this.#chunks = [...takeable, ...others];
    this.#bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    this.#messages = this.#chunks.reduce((sum, chunk) => sum + chunk.messages, 0);
    return removed;
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#messages = 0;
    this.#takeable = Infinity;
  }
}

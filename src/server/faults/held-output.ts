import { inNextTurn } from "../../core/next-turn.ts";
import type { Link } from "../link.ts";
import { type LinkFaults, WINDOW } from "./link-faults.ts";

/** Milliseconds for which a session that has ended waits for the end of a stall, during which nothing leaves. */
const STALL_LIMIT = 1000;

/** What was written in one go. */
interface Held {
  readonly chunks: readonly Uint8Array[];
  readonly size: number;
  /** When it was written; `-Infinity` if a part of it has left already. */
  readonly at: number;
}

export interface HeldOutputEvents {
  /** The session may write again; its memory is free. */
  readonly onDrain: () => void;
  /** Nothing is held any more. */
  readonly onEmpty: () => void;
}

/** Bytes to the client that faults hold back, split or merge; their order stays. */
export class HeldOutput {
  readonly #link: Link;
  readonly #events: HeldOutputEvents;
  #faults: LinkFaults;
  #held: Held[] = [];
  #bytes = 0;
  /** Whether the link has to drain before it takes more. */
  #isWaiting: boolean;
  /** Whether the session may not write until it is told. */
  #owesDrain: boolean;
  #isTurnDue = false;
  #isInTurn = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;
  #onEnded: ((heldBytes: number) => void) | undefined;

  /** `isWaiting`: the session has written to the link itself, which has not drained yet. */
  constructor(link: Link, faults: LinkFaults, isWaiting: boolean, events: HeldOutputEvents) {
    this.#link = link;
    this.#faults = faults;
    this.#isWaiting = isWaiting;
    this.#owesDrain = isWaiting;
    this.#events = events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0 && !this.#isWaiting;
  }

  set(faults: LinkFaults): void {
    this.#faults = faults;
    this.#pump();
  }

  /** Like `write` of a link. Bytes beyond its window are not copied; it keeps their memory until the drain. */
  write(chunks: readonly Uint8Array[]): boolean {
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    this.#owesDrain = this.#faults.stallsWriting || this.#isWaiting || this.#bytes + size > WINDOW;
    this.#hold(this.#owesDrain ? chunks : chunks.map((chunk) => chunk.slice()), size);
    this.#release();
    // The return value says so: the session doesn't expect a drain during its own call.
    if (this.isEmpty) this.#owesDrain = false;
    return !this.#owesDrain;
  }

  /** Appends bytes of the link's own. */
  inject(bytes: Uint8Array): void {
    this.#hold([bytes], bytes.length);
    this.#pump();
  }

  #hold(chunks: readonly Uint8Array[], size: number): void {
    this.#held.push({ chunks, size, at: performance.now() });
    this.#bytes += size;
  }

  onLinkDrain(): void {
    this.#isWaiting = false;
    this.#pump();
  }

  /** Calls back when everything has left, or after `limit` milliseconds with the number of bytes that are given up. */
  end(limit: number, onEnded: (heldBytes: number) => void): void {
    const { writingDelay, merge, stallsWriting } = this.#faults;
    this.#onEnded = onEnded;
    const time = Math.min(limit, stallsWriting ? STALL_LIMIT : Infinity) + writingDelay + merge;
    this.#endTimer = setTimeout(() => this.#tellEnded(), time);
    this.#pump();
  }

  #tellEnded(): void {
    const onEnded = this.#onEnded;
    this.#onEnded = undefined;
    onEnded?.(this.#bytes);
  }

  /** The client is gone: nothing can leave any more. */
  giveUp(): void {
    if (this.#onEnded === undefined) this.drop();
    else this.#tellEnded();
  }

  /** Forgets what it holds. */
  drop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#endTimer);
    this.#held = [];
    this.#bytes = 0;
    this.#owesDrain = false;
    this.#onEnded = undefined;
  }

  readonly #pump = (): void => {
    this.#release();
    if (!this.isEmpty) return;
    if (this.#onEnded !== undefined) {
      this.#tellEnded();
    } else if (this.#owesDrain) {
      this.#owesDrain = false;
      this.#events.onDrain();
    }
    if (this.isEmpty) this.#events.onEmpty();
  };

  /** Writes what is due, as far as the link takes it. */
  #release(): void {
    clearTimeout(this.#timer);
    while (this.#held.length > 0 && !this.#faults.stallsWriting && !this.#isWaiting && !this.#isTurnDue) {
      const { writingDelay, merge, split } = this.#faults;
      const wait = this.#held[0]!.at + writingDelay + merge - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(this.#pump, wait);
        return;
      }
      // One piece a turn: only then is the other side sure to read in between.
      if (split > 0 && !this.#isInTurn) this.#waitForTurn();
      else this.#send(this.#take());
    }
  }

  /** What goes out next: one write, or all that were gathered. */
  #take(): readonly Uint8Array[] {
    const { writingDelay, merge, split } = this.#faults;
    const now = performance.now();
    let count = 1;
    if (merge > 0) while (count < this.#held.length && this.#held[count]!.at + writingDelay <= now) count++;
    const chunks = this.#held.splice(0, count).flatMap((held) => held.chunks);
    const whole = merge > 0 || split > 0 ? [joined(chunks)] : chunks;
    return split > 0 ? this.#takePiece(whole[0]!, split) : whole;
  }

  /** The first piece; the rest waits for the next turn. */
  #takePiece(bytes: Uint8Array, size: number): readonly Uint8Array[] {
    if (bytes.length > size) {
      const rest = bytes.subarray(size);
      this.#held.unshift({ chunks: [rest], size: rest.length, at: -Infinity });
    }
    this.#waitForTurn();
    return [bytes.subarray(0, size)];
  }

  #waitForTurn(): void {
    this.#isTurnDue = true;
    inNextTurn(() => {
      this.#isTurnDue = false;
      this.#isInTurn = true;
      this.#pump();
      this.#isInTurn = false;
    });
  }

  #send(chunks: readonly Uint8Array[]): void {
    this.#bytes -= chunks.reduce((sum, { length }) => sum + length, 0);
    this.#isWaiting = !this.#link.write(chunks);
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

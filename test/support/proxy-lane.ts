import type { Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

export type Direction = "up" | "down";

export type Garble = (chunk: Buffer, direction: Direction) => Uint8Array;

/** More than this is not taken from a sender whose receiver is slow or stalled. */
const QUEUE_LIMIT = 64 * 1024;

/** How the bytes of one direction are treated, on all connections of a proxy. */
export class Treatment {
  readonly direction: Direction;
  readonly recorded: Buffer[] = [];
  delay = 0;
  pieceSize = Number.POSITIVE_INFINITY;
  garble: Garble | undefined;
  #stalled: Promise<void> | undefined;
  #endStall: (() => void) | undefined;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  stall(): void {
    this.#stalled ??= new Promise((resolve) => (this.#endStall = resolve));
  }

  resume(): void {
    this.#endStall?.();
    this.#stalled = undefined;
  }

  /** While stalled: settles when that ends. */
  get stalled(): Promise<void> | undefined {
    return this.#stalled;
  }
}

/** What is to be done next to the target: write bytes, end in order, or break off. */
type Step = { readonly due: number } & (
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "reset" }
);

/** One direction of one connection: what comes from `source` goes to `target`, in order. */
export class Lane {
  readonly #source: Socket;
  readonly #target: Socket;
  readonly #treatment: Treatment;
  readonly #steps: Step[] = [];
  readonly #abort = new AbortController();
  #queued = 0;
  #working = false;

  constructor(source: Socket, target: Socket, treatment: Treatment) {
    this.#source = source;
    this.#target = target;
    this.#treatment = treatment;
  }

  open(): void {
    this.#source.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#source.on("end", () => this.#add({ kind: "end", due: this.#due() }));
    this.#source.on("close", (failed) => {
      if (failed) this.#add({ kind: "reset", due: this.#due() });
    });
    this.#target.on("close", () => this.#abort.abort());
  }

  #due(): number {
    return Date.now() + this.#treatment.delay;
  }

  #take(chunk: Buffer): void {
    this.#treatment.recorded.push(chunk);
    const bytes = this.#treatment.garble?.(chunk, this.#treatment.direction) ?? chunk;
    this.#queued += bytes.length;
    if (this.#queued > QUEUE_LIMIT) this.#source.pause();
    this.#add({ kind: "bytes", bytes, due: this.#due() });
  }

  #add(step: Step): void {
    this.#steps.push(step);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      if (this.#target.destroyed) break;
      const wait = step.due - Date.now();
      if (this.#treatment.stalled !== undefined) await this.#treatment.stalled;
      else if (wait > 0) await this.#sleep(wait);
      else await this.#do(step);
    }
    this.#working = false;
  }

  /** Ends early when the target closes, for there is nothing left to wait for. */
  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#abort.signal }).catch(() => {});
  }

  async #do(step: Step): Promise<void> {
    if (step.kind === "bytes") {
      await this.#writePiece(step);
      return;
    }
    this.#steps.shift();
    if (step.kind === "end") this.#target.end();
    else reset(this.#target);
  }

  async #writePiece(step: Step & { readonly kind: "bytes" }): Promise<void> {
    const size = this.#treatment.pieceSize;
    const piece = step.bytes.subarray(0, size);
    const rest = step.bytes.subarray(piece.length);
    if (rest.length === 0) this.#steps.shift();
    else this.#steps[0] = { ...step, bytes: rest };

    await new Promise((resolve) => this.#target.write(piece, resolve));
    // A receiver in this process gets a turn to read before the next piece joins this one.
    if (Number.isFinite(size)) await nextTurn();
    this.#queued -= piece.length;
    if (this.#queued <= QUEUE_LIMIT) this.#source.resume();
  }
}

/**
 * Breaks a connection off. One that is being ended can't be reset: libuv refuses, and Node 20 then forgets the
 * handle without closing it.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

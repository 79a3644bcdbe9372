import { inNextTurn } from "../core/next-turn.ts";

/** What may have been written and not been read before writing stops; bytes. */
const WINDOW = 1024 * 1024;

/** Who reads a lane. */
export interface LaneReader {
  onData(chunk: Uint8Array): void;
  /** Nothing more comes; told once. */
  onEnd(): void;
}

/** One direction of a connection inside the process: bytes come out in a later turn, in order. */
export class MemoryLane {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #reader: LaneReader | undefined;
  #isPaused = false;
  #isScheduled = false;
  #isFull = false;
  #isCut = false;
  #state: "open" | "ending" | "ended" = "open";
  #onDrain: (() => void) | undefined;
  #onEmpty: (() => void) | undefined;

  /** Bytes that have not been read; after a cut, that never will be. */
  get unread(): number {
    return this.#bytes;
  }

  /** Whether what is written may still be read. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  read(reader: LaneReader): void {
    this.#reader = reader;
    this.#schedule();
  }

  /** Copies what it is given. False: nothing more is to be written until `onDrain`. */
  write(chunks: readonly Uint8Array[], onDrain: () => void): boolean {
    if (this.#state !== "open") return true;
    for (const chunk of chunks) {
      this.#chunks.push(chunk.slice());
      this.#bytes += chunk.length;
    }
    this.#schedule();
    if (this.#bytes <= WINDOW) return true;
    this.#isFull = true;
    this.#onDrain = onDrain;
    return false;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  /** Lets what was written be read, then ends. */
  end(onEmpty?: () => void): void {
    if (this.#state === "ended") onEmpty?.();
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#onEmpty = onEmpty;
    this.#schedule();
  }

  /** Ends at once; what has not been read is lost. */
  cut(): void {
    this.#chunks = [];
    this.#isCut = true;
    if (this.#state === "open") this.#state = "ending";
    this.#isPaused = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isPaused || this.#reader === undefined || this.#state === "ended") return;
    if (this.#chunks.length === 0 && this.#state === "open") return;
    this.#isScheduled = true;
    inNextTurn(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    const chunks = this.#chunks;
    this.#chunks = [];
    let read = 0;
    while (read < chunks.length && !this.#isPaused && !this.#isCut) {
      const chunk = chunks[read++]!;
      this.#bytes -= chunk.length;
      this.#reader?.onData(chunk);
    }
    if (read < chunks.length && !this.#isCut) this.#chunks = [...chunks.slice(read), ...this.#chunks];
    if (this.#isFull && this.#bytes <= WINDOW / 2) {
      this.#isFull = false;
      this.#onDrain?.();
    }
    if (this.#chunks.length > 0) this.#schedule();
    else if (this.#state === "ending" && !this.#isPaused) this.#finish();
  };

  #finish(): void {
    this.#state = "ended";
    this.#onEmpty?.();
    this.#reader?.onEnd();
    this.#reader = undefined;
  }
}

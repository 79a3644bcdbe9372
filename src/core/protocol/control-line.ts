import { SPACE } from "./ascii.ts";
import { publishLineBound, writeBytes, writeCrlf, writeDecimal } from "./encoder.ts";
import { utf8Length, writeText } from "./text.ts";

/** Bytes of a word. A line is copied word by word: the target needs room for one more word behind it. */
const WORD = 8;

/** `PUB ` */
const VERB = Uint8Array.of(0x50, 0x55, 0x42, SPACE);

/**
 * The control line of messages to one subject. It is encoded for the second of them: to copy it by words from then on costs
 * a fifth of encoding it (measured on Node 20), but who publishes to ever new subjects would encode it for nothing.
 *
 * Invariant: once encoded, the buffer holds `PUB <subject> <size>␍␊` of `subject` and `#size`, and nothing but what was such
 * a line before. Lines are UTF-8 without control characters, so that no word of them is a NaN, which a copy as a float might
 * change.
 */
export class ControlLine {
  #bytes = newBuffer(publishLineBound(32));
  #view = new DataView(this.#bytes.buffer);
  #subject = "";
  /** Bytes of the subject; -1 until somebody asks. */
  #subjectSize = -1;
  #form: "new" | "used" | "encoded" = "new";
  #subjectEnd = 0;
  #size = -1;
  #end = 0;

  get subject(): string {
    return this.#subject;
  }

  /** Bytes of the subject. */
  get subjectSize(): number {
    if (this.#subjectSize < 0) this.#subjectSize = utf8Length(this.#subject);
    return this.#subjectSize;
  }

  /** From now on the line is for `subject`, which is valid. */
  setSubject(subject: string): void {
    this.#subject = subject;
    this.#subjectSize = -1;
    this.#form = "new";
    this.#size = -1;
  }

  // PUB <subject> <#bytes>␍␊
  /** Writes the line at `at` of `target`, seen by `view`, and up to 7 bytes behind it; returns where it ends. */
  write(target: Uint8Array, view: DataView, at: number, size: number): number {
    if (size !== this.#size) {
      if (this.#form === "new") {
        return writeCrlf(target, writeDecimal(target, this.#writeOnce(target, at), size));
      }
      this.#setSize(size);
    }
    return this.#copy(view, at, this.#end);
  }

  // PUB <subject>␠
  /** As {@link write}, the beginning of the line alone. */
  writeBeginning(target: Uint8Array, view: DataView, at: number): number {
    if (this.#form === "new") return this.#writeOnce(target, at);
    if (this.#form === "used") this.#encode();
    return this.#copy(view, at, this.#subjectEnd);
  }

  #copy(target: DataView, at: number, length: number): number {
    const view = this.#view;
    for (let i = 0; i < length; i += WORD) target.setFloat64(at + i, view.getFloat64(i));
    return at + length;
  }

  #writeOnce(target: Uint8Array, at: number): number {
    this.#form = "used";
    return writeBeginning(target, at, this.#subject);
  }

  #encode(): void {
    const bound = publishLineBound(this.#subject.length);
    if (bound > this.#bytes.length) {
      this.#bytes = newBuffer(bound);
      this.#view = new DataView(this.#bytes.buffer);
    }
    this.#subjectEnd = writeBeginning(this.#bytes, 0, this.#subject);
    this.#form = "encoded";
  }

  #setSize(size: number): void {
    if (this.#form === "used") this.#encode();
    this.#end = writeCrlf(this.#bytes, writeDecimal(this.#bytes, this.#subjectEnd, size));
    this.#size = size;
  }
}

function writeBeginning(bytes: Uint8Array, at: number, subject: string): number {
  const end = writeText(bytes, writeBytes(bytes, at, VERB), subject);
  bytes[end] = SPACE;
  return end + 1;
}

function newBuffer(bound: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Math.ceil(bound / WORD) * WORD);
}

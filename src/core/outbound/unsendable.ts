import type { ArgumentError } from "../errors.ts";
import { CR, SPACE, UPPER_H } from "../protocol/ascii.ts";
import type { LineLimit } from "../protocol/line-limit.ts";
import { readText } from "../protocol/text.ts";
import type { Chunk } from "./chunk-queue.ts";
import { headersRefused, tooLarge } from "./publish-errors.ts";
import { contentSize, messageEnd } from "./withdrawal.ts";

/** Bytes of a verb with the space behind it, which don't count for the length of a line. */
const PUB = 4;
const HPUB = 5;

/** What a server takes. */
export interface Taken {
  /** Bytes of headers and payload together. */
  readonly maxPayload: number;
  readonly takesHeaders: boolean;
  readonly lines: LineLimit;
}

/** Why messages that wait can't be sent, by their positions. */
export type Unsendable = Map<number, ArgumentError>;

/** Finds the waiting messages that a server does not take. */
export function unsendable(chunks: readonly Chunk[], taken: Taken): Unsendable {
  const found: Unsendable = new Map();
  for (const { bytes, kind, messages, last } of chunks) {
    if (kind !== "publishes") continue;
    let position = last - messages;
    for (let at = 0; at < bytes.length; at = messageEnd(bytes, at)) {
      const error = refusal(bytes, at, taken);
      position++;
      if (error !== undefined) found.set(position, error);
    }
  }
  return found;
}

function refusal(bytes: Uint8Array, start: number, taken: Taken): ArgumentError | undefined {
  const size = contentSize(bytes, start);
  const hasHeaders = bytes[start] === UPPER_H;
  if (hasHeaders && !taken.takesHeaders) return headersRefused(subjectOf(bytes, start));
  const line = bytes.indexOf(CR, start) - start - (hasHeaders ? HPUB : PUB);
  if (!taken.lines.takes(line)) return taken.lines.refusal(line, subjectOf(bytes, start));
  return size > taken.maxPayload ? tooLarge(subjectOf(bytes, start), size, taken.maxPayload) : undefined;
}

function subjectOf(bytes: Uint8Array, start: number): string {
  const at = bytes.indexOf(SPACE, start) + 1;
  return readText(bytes, at, bytes.indexOf(SPACE, at));
}

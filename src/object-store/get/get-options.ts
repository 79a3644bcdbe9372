import {
  aString,
  type Check,
  type Checks,
  checkOptions,
  invalidOption,
  wholeNumber,
} from "../../core/checks.ts";
import { TRANSFER, type TransferOptions } from "../../jetstream/backup/transfer-options.ts";

/** A part of an object: from `start` on, up to `end`, which is not included. */
export interface ByteRange {
  /** @default 0 */
  readonly start?: number;
  /** @default the object's size */
  readonly end?: number;
}

/** Options of a get. */
export interface GetOptions extends TransferOptions {
  /** Bytes of a part. The digest is checked only if all is read. @default all */
  readonly range?: ByteRange; // OBJ-19
  /** Only these very bytes, to go on after an interruption: the `nuid` of their {@link ObjectInfo}. */
  readonly nuid?: string; // OBJ-19
}

const RANGE: Checks<ByteRange> = { start: wholeNumber, end: wholeNumber };

const aRange: Check<ByteRange> = (name, value) => {
  const range = checkOptions(value as ByteRange, RANGE, name);
  const { start = 0, end = Infinity } = range;
  if (start > end) throw invalidOption(name, `it starts at ${start}, behind its end, ${end}`);
  return range;
};

const GET: Checks<GetOptions> = { ...TRANSFER, range: aRange, nuid: aString };

/** Throws `INVALID_OPTION`. */
export function checkGetOptions(given: GetOptions): GetOptions {
  return checkOptions(given, GET);
}

/** The part of an object of this size that a range names. Throws `INVALID_OPTION` for a range that begins behind the object's end. */
export function partOf({ start = 0, end = Infinity }: ByteRange, size: number): Required<ByteRange> {
  if (start > size)
    throw invalidOption("range.start", `the object has ${size} bytes, and none from ${start} on`);
  return { start, end: Math.min(end, size) };
}

import {
  type Checks,
  checkOptions,
  count,
  type FormerNames,
  invalidOption,
  wholeNumber,
} from "../../core/checks.ts";
import { TRANSFER, type TransferOptions } from "../../jetstream/backup/transfer-options.ts";
import { type CheckedMeta, META, type ObjectMeta } from "../meta/object-meta.ts";

/** Options of a put. */
export interface PutOptions extends ObjectMeta, TransferOptions {
  /** Bytes of a chunk; at most what the server takes as a message. @default 131072 (128 KiB), or that if it is less */
  readonly chunkSize?: number; // OBJ-05
  /** Bytes on their way without an ack. @default 4194304 (4 MiB) */
  readonly window?: number;
  /** Only if the object's last revision is this; 0: if there is none, or it was deleted. @default whatever it is */
  readonly revision?: number;
}

export interface ResolvedPutOptions extends TransferOptions {
  readonly chunkSize: number;
  readonly window: number;
  readonly revision: number | undefined;
  readonly meta: CheckedMeta;
}

const KIBI = 1024;
const DEFAULT_CHUNK = 128 * KIBI;
const DEFAULT_WINDOW = 4 * KIBI * KIBI;

const PUT: Checks<PutOptions> = {
  ...META,
  ...TRANSFER,
  chunkSize: count,
  window: count,
  revision: wholeNumber,
};

/** As nats.js calls them. */
const FORMER: FormerNames = {
  previousRevision: '"revision"',
  max_chunk_size: '"chunkSize"',
  options: '"chunkSize"',
  name: "the first argument",
};

/** Throws `INVALID_OPTION`. `maxPayload`: what the server takes as a message. */
export function resolvePutOptions(given: PutOptions, maxPayload: number = Infinity): ResolvedPutOptions {
  const checked = checkOptions(given, PUT, undefined, FORMER);
  const {
    description,
    headers,
    metadata,
    chunkSize,
    window = DEFAULT_WINDOW,
    revision,
    ...transfer
  } = checked;
  if (chunkSize !== undefined && chunkSize > maxPayload)
    throw invalidOption(
      "chunkSize",
      `the server takes messages of up to ${maxPayload} bytes, not ${chunkSize}`,
    );
  const meta = { description, headers, metadata } as CheckedMeta;
  return { ...transfer, chunkSize: chunkSize ?? Math.min(DEFAULT_CHUNK, maxPayload), window, revision, meta };
}

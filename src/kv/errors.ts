import { type ErrorFacts, NatsError } from "../core/errors.ts";

/** The codes of {@link KvError}; `docs/errors.md` has the cause and the remedy of each. */
export const kvErrorCodes = [
  "BUCKET_NOT_FOUND",
  "BUCKET_EXISTS",
  "NOT_A_BUCKET",
  "INVALID_KEY",
  "KEY_EXISTS",
  "WRONG_REVISION",
  "VIEW_TOO_LARGE",
  "LOCK_HELD",
  "LOCK_LOST",
] as const;

/** The codes of {@link KvError}. */
export type KvErrorCode = (typeof kvErrorCodes)[number];

/** What is known about a failure of a bucket beside its code; facts that don't apply are absent. */
export interface KvErrorFacts extends ErrorFacts {
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly revision?: number | undefined;
  readonly holder?: string | undefined;
}

/** A bucket refuses, or can't do what was asked. Facts that don't apply are absent. */
export class KvError<Code extends KvErrorCode = KvErrorCode> extends NatsError<Code> {
  override readonly name = "KvError";
  /** The bucket concerned. */
  readonly bucket: string;
  /** The key concerned. */
  declare readonly key?: string;
  /** With `WRONG_REVISION` and `KEY_EXISTS`: the key's last one; 0 if it has none. */
  declare readonly revision?: number;
  /** With `LOCK_HELD`: who has the lock. */
  declare readonly holder?: string;

  constructor(code: Code, message: string, facts: KvErrorFacts) {
    const { bucket, ...others } = facts;
    super(code, message, others);
    this.bucket = bucket;
  }
}

declare module "../core/errors.ts" {
  interface EntryErrors extends Record<KvErrorCode, KvError> {}
}

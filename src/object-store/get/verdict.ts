import { isNatsError } from "../../core/errors.ts";

const VERDICTS = ["OBJECT_CHANGED", "OBJECT_CORRUPT", "STREAM_NOT_FOUND"] as const;

/** Whether an error says what became of an object. Any other error says only that nobody could look. */
export function isVerdict(error: unknown): boolean {
  return VERDICTS.some((code) => isNatsError(error, code));
}

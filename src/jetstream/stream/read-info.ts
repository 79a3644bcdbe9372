import { type StreamInfo, readStreamInfo } from "../config/stream-info.ts";
import { markOrigin, originOf } from "../config/unknown-fields.ts";
import type { ApiAnswer } from "../api/api.ts";
import type { Context } from "../context.ts";

/** The state of a stream as an answer has it; its configuration may be written back to the servers that it came from. */
export function readInfo(context: Context, answer: unknown): StreamInfo {
  return markOrigin(readStreamInfo(answer as ApiAnswer), originOf(context));
}

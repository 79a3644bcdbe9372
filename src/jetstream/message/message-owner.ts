import type { Schema } from "../../core/values/schema.ts";
import type { Context } from "../context.ts";

/** What the messages of one consumer have in common. */
export interface MessageOwner {
  readonly context: Context;
  /** By which values are read. */
  readonly schema: Schema | undefined;
  /** Whether they are to be acked; true also as long as that is not known. */
  readonly takesAcks: boolean;
}

import type { NatsError } from "../../core/errors.ts";

/** One call of the API that has ended, for {@link JetStreamOptions.trace}. */
export interface ApiCall {
  readonly subject: string;
  /** The body as it was sent; empty if there was none. */
  readonly request: Uint8Array;
  /** The body as it came; absent if none came. */
  readonly response?: Uint8Array;
  /** What the call failed with, for whatever reason. */
  readonly error?: NatsError;
  /** Milliseconds. */
  readonly elapsed: number;
}

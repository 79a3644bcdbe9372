import type { NatsError } from "../errors.ts";
import type { Server } from "./server.ts";

/** One attempt that is to be made. */
export interface Step {
  readonly server: Server;
  /** Milliseconds before it; undefined: at once, in the same turn. */
  readonly delay: number | undefined;
}

/** Which servers are tried, in which order, with which pauses, and when it is over. */
export interface Course {
  /** Whether it may go on for as long as nobody stops it. */
  readonly isEndless: boolean;
  /** The attempt with this number, from 1 on; undefined when there is none any more. `error` is why there is no link. */
  next(attempt: number, error: NatsError | undefined): Step | undefined;
  /** Takes notice of a failure; what it throws is the end. */
  onFailed(server: Server, error: NatsError): void;
}

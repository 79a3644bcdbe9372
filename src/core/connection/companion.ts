import type { ConnectionError } from "../errors.ts";
import type { Drained } from "./drain.ts";

/** What is built on a connection and has messages of its own to hand out: it ends with the connection. */
export interface Companion extends Drained {
  /** The connection is closed: `error` is what everything that waits ends with. */
  onClosed(error: ConnectionError): void;
}

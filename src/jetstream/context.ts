import type { Connection } from "../core/connection/connection.ts";
import type { Api } from "./api/api.ts";

/** What every part of JetStream stands on. */
export interface Context {
  readonly connection: Connection;
  readonly api: Api;
  /** What API subjects begin with: `$JS.API`, `$JS.<domain>.API`, or another account's. */
  readonly prefix: string;
  /** Milliseconds that a call waits unless it says otherwise. */
  readonly timeout: number;
}

import type { Connection } from "../core/connection/connection.ts";
import type { Api } from "./api/api.ts";

/** What all parts of JetStream share. */
export interface Context {
  readonly connection: Connection;
  readonly api: Api;
  /** The beginning of API subjects: `$JS.API`, `$JS.<domain>.API`, or another account's. */
  readonly prefix: string;
  /** The default of a call's `timeout`, in milliseconds. */
  readonly timeout: number;
}

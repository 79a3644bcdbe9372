import type { RestartOptions } from "../restart-options.ts";

/** What faults can do with the server as a whole. */
export interface FaultyServer {
  /** Refuses whoever dials, or no longer. */
  refuse(isRefusing: boolean): Promise<void>;
  restart(options: RestartOptions): Promise<void>;
  lameDuck(): Promise<void>;
}

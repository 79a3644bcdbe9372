/** Options of `restart`. */
export interface RestartOptions {
  /** Whether the server keeps its id and its counters. @default true */
  readonly keepState?: boolean;
  /** Milliseconds between its stop and its start. @default 0 */
  readonly downtime?: number;
}

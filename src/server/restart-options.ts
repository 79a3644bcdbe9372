/** What a restart does. */
export interface RestartOptions {
  /** Whether the server is the same one again: its id and its counters. @default true */
  readonly keepState?: boolean;
  /** Milliseconds that it is away. @default 0 */
  readonly downtime?: number;
}

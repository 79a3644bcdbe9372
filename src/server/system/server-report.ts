import { NATS_SERVER_VERSION } from "../info.ts";

/** What a server says of itself in the responses of `$SYS`. */
export interface ServerReport {
  readonly name: string;
  readonly host: string;
  readonly id: string;
  readonly ver: string;
  readonly jetstream: boolean;
  readonly flags: number;
  /** Counts its responses. */
  readonly seq: number;
  readonly time: string;
}

export function serverReport(
  { name, host, id }: { name: string; host: string; id: string },
  seq: number,
): ServerReport {
  const time = new Date().toISOString();
  return { name, host, id, ver: NATS_SERVER_VERSION, jetstream: false, flags: 0, seq, time };
}

import type { Random } from "../random.ts";

/**
 * - `kill`: SIGKILL, and a start on the same port after `ms`.
 * - `freeze`: SIGSTOP for `ms`.
 * - `lame duck`: SIGUSR2; killed if it is still there after `ms`; then a start on the same port.
 * - `cut`: all connections through the proxy are reset.
 * - `stall`: the proxy forwards nothing for `ms`; the sockets stay open.
 * - `stream leader`, `consumer leader`: the leader hands over.
 */
export type FaultKind =
  | "kill"
  | "freeze"
  | "lame duck"
  | "cut"
  | "stall"
  | "stream leader"
  | "consumer leader"
  | "bucket leader";

/** What happens to which server; `leader`: to the one that leads the stream by then, `bucket leader`: the bucket. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
  readonly server: number | "leader" | "bucket leader";
  readonly ms: number;
}

export const FAULT_KINDS: readonly FaultKind[] = [
  "kill",
  "freeze",
  "lame duck",
  "cut",
  "stall",
  "stream leader",
  "consumer leader",
  "bucket leader",
];

/** Load alone before the first fault: the run warms up. */
const WARM_UP = 3000;

/** A server that was away has caught up by then: two of three have to be whole, or nothing is acked. */
const RETURN = 4000;

/** One at a time: the streams keep their majority. Made from the seed before it starts. */
export function makeSchedule(random: Random, lengthMs: number, servers: number): Fault[] {
  const faults: Fault[] = [];
  let bag: FaultKind[] = [];
  for (let at = WARM_UP; at < lengthMs;) {
    if (bag.length === 0) bag = random.shuffle(FAULT_KINDS);
    const kind = bag.pop()!;
    const leader = random.chance(0.5) ? "leader" : "bucket leader";
    const server = random.chance(0.6) ? leader : random.integer(0, servers - 1);
    const ms = lengthOf(kind, random);
    if (at + ms <= lengthMs) faults.push({ at, kind, server, ms });
    at += ms + RETURN + random.integer(0, 2000);
  }
  return faults;
}

function lengthOf(kind: FaultKind, random: Random): number {
  switch (kind) {
    case "kill":
      return random.integer(100, 4000);
    case "freeze":
    case "stall":
      return random.integer(500, 6000);
    case "lame duck":
      return random.integer(1500, 5000);
    case "cut":
    case "stream leader":
    case "consumer leader":
    case "bucket leader":
      return 0;
  }
}

const LEADERS = { leader: "the stream's leader", "bucket leader": "the bucket's leader" };

export function describeFault({ kind, server, ms }: Fault): string {
  const where = typeof server === "string" ? LEADERS[server] : `server ${server + 1}`;
  const long = ms === 0 ? "" : ` for ${(ms / 1000).toFixed(1)} s`;
  return kind.endsWith("leader") ? `${kind} hands over` : `${kind} ${where}${long}`;
}

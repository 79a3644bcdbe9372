import type { Random } from "./random.ts";

/**
 * - `kill`: SIGKILL, and a start on the same port after `ms`.
 * - `freeze`: SIGSTOP for `ms`.
 * - `lame duck`: SIGUSR2; killed if it is still there after `ms`; then a start on the same port.
 * - `cut`: all connections through the proxy are reset.
 * - `stall`: the proxy forwards nothing for `ms`, one way or both; the sockets stay open.
 * - `delay`: the proxy holds each chunk back by `by` milliseconds, for `ms`.
 * - `move`: a client goes over to another server on demand; `by` says which client.
 * - `drain`: a client that comes for this alone is drained in the middle of a move.
 */
export type FaultKind = "kill" | "freeze" | "lame duck" | "cut" | "stall" | "delay" | "move" | "drain";

export const FAULT_KINDS: readonly FaultKind[] = [
  "kill",
  "freeze",
  "lame duck",
  "cut",
  "stall",
  "delay",
  "move",
  "drain",
];

export interface Fault {
  /** Milliseconds after the start of the load. */
  readonly at: number;
  readonly kind: FaultKind;
  /** Which server, or the proxy in front of it. */
  readonly server: number;
  readonly ms: number;
  readonly direction?: "up" | "down" | "both";
  readonly by?: number;
}

/** What a draw may be: one fault, or several at once on different servers. */
type Draw = FaultKind | "several" | "blackout";

const BAG: readonly Draw[] = [
  "kill",
  "kill",
  "freeze",
  "freeze",
  "lame duck",
  "cut",
  "cut",
  "stall",
  "stall",
  "delay",
  "move",
  "move",
  "drain",
  "several",
  "several",
  "blackout",
];

const SINGLE: readonly FaultKind[] = [
  "kill",
  "freeze",
  "lame duck",
  "cut",
  "stall",
  "delay",
  "move",
  "drain",
];

/** Load alone before the first fault: the run warms up. */
const WARM_UP = 2000;

/** What a server needs to come back, before the next fault may hit it. */
const RETURN = 1500;

/** Every so many draws a longer pause, long enough to check that all is well in between. */
const DRAWS_PER_REST = 5;

/** All faults of a run, made from the seed before it starts. */
export function makeSchedule(random: Random, lengthMs: number, servers: number): Fault[] {
  const faults: Fault[] = [];
  const freeFrom = Array.from({ length: servers }, () => 0);
  let bag: Draw[] = [];
  let at = WARM_UP;
  for (let draws = 1; at < lengthMs; draws++) {
    if (bag.length === 0) bag = random.shuffle(BAG);
    const draw = bag.pop()!;
    const wanted = victims(random, draw, servers);
    at = Math.max(at, ...wanted.map((server) => freeFrom[server]!));
    for (const [index, server] of wanted.entries()) {
      const fault = makeFault(random, kindFor(random, draw), server, at + index * random.integer(0, 200));
      // The last ones end in time: what comes after the run's length is for recovery alone.
      if (fault.at + fault.ms > lengthMs) continue;
      faults.push(fault);
      freeFrom[server] = fault.at + fault.ms + RETURN;
    }
    at += draws % DRAWS_PER_REST === 0 ? random.integer(6000, 8000) : random.integer(400, 4500);
  }
  return faults.sort((a, b) => a.at - b.at);
}

function victims(random: Random, draw: Draw, servers: number): number[] {
  const all = random.shuffle(Array.from({ length: servers }, (_, index) => index));
  if (draw === "blackout") return all;
  return all.slice(0, draw === "several" ? 2 : 1);
}

function kindFor(random: Random, draw: Draw): FaultKind {
  if (draw === "blackout") return "kill";
  return draw === "several" ? random.pick(SINGLE) : draw;
}

function makeFault(random: Random, kind: FaultKind, server: number, at: number): Fault {
  switch (kind) {
    case "kill":
      return { at, kind, server, ms: random.integer(100, 4000) };
    // Below 10 s: after that servers drop their routes, and the cluster itself loses messages.
    case "freeze":
      return { at, kind, server, ms: random.integer(200, 6000) };
    case "lame duck":
      return { at, kind, server, ms: random.integer(1500, 5000) };
    case "cut":
      return { at, kind, server, ms: 0 };
    case "stall":
      return {
        at,
        kind,
        server,
        ms: random.integer(200, 6000),
        direction: random.pick(["up", "down", "both"]),
      };
    case "delay":
      return { at, kind, server, ms: random.integer(500, 4000), by: random.integer(5, 300) };
    case "move":
      return { at, kind, server, ms: 0, by: random.integer(0, 1_000_000) };
    case "drain":
      return { at, kind, server, ms: 0 };
  }
}

/** One line of a fault, as it is printed before the run and when it happens. */
export function describeFault({ kind, server, ms, direction, by }: Fault): string {
  if (kind === "move" || kind === "drain") return `${kind} of a client`;
  const how = direction === undefined ? "" : ` ${direction}`;
  const much = by === undefined ? "" : ` by ${by} ms`;
  const long = ms === 0 ? "" : ` for ${(ms / 1000).toFixed(1)} s`;
  return `${kind}${how}${much} server ${server + 1}${long}`;
}

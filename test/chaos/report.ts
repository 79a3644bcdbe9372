import type { Workload } from "./workload.ts";

/** What a run adds to the counts of its workload. */
export interface RunFacts {
  readonly faults: number;
  readonly checkpoints: { readonly held: number; readonly void: number; readonly broken: number };
  /** Milliseconds from the end of the last fault until all was well. */
  readonly recovery: number | undefined;
  readonly heap: string;
}

/** The table at the end of a run. */
export function reportTable(workload: Workload, facts: RunFacts): string {
  const rows: (readonly [what: string, value: string])[] = [
    ...publishRows(workload),
    ...deliveryRows(workload),
    ["requests", listCounts(sumMaps(workload.requesters.map(({ outcomes }) => outcomes)))],
    ["subscriptions ended by their max", `${workload.limited.completed}`],
    ["reconnects", `${sum(workload.clients.map(({ reconnects }) => reconnects))}`],
    ["moves away from a lame duck", `${sum(workload.clients.map(({ moves }) => moves))}`],
    ["longest outage", longestOutage(workload)],
    ["checkpoints", `${facts.checkpoints.held} held, ${facts.checkpoints.void} interrupted by faults`],
    ["well again after the last fault", facts.recovery === undefined ? "never" : seconds(facts.recovery)],
    ["heap", facts.heap],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return rows.map(([what, value]) => `  ${what.padEnd(width)}  ${value}`).join("\n");
}

function publishRows({ publishers }: Workload): [string, string][] {
  const logs = publishers.map(({ log }) => log);
  return [
    ["publish calls", `${sum(logs.map(({ attempts }) => attempts))}`],
    ["  accepted", `${sum(logs.map(({ accepted }) => accepted))}`],
    ["  refused", listCounts(sumMaps(logs.map(({ refused }) => refused)))],
    ["  dropped by choice, and counted", `${sum(logs.map(({ dropped }) => dropped))}`],
    ["  replayed after an outage", `${sum(logs.map(({ replayed }) => replayed))}`],
    ["  in flight on a link that broke", `${sum(logs.map(({ inFlightAtBreaks }) => inFlightAtBreaks))}`],
  ];
}

function deliveryRows({ deliveries }: Workload): [string, string][] {
  const receipts = [...deliveries.values()].flatMap((streams) =>
    [...streams.values()].map((one) => one.receipts),
  );
  const missing = receipts.map((one) => one.missing());
  return [
    ["to be delivered, over all receivers", `${sum(receipts.map((one) => one.delivered)) + total(missing)}`],
    ["  delivered", `${sum(receipts.map((one) => one.delivered))}`],
    ["    overtaken by messages of a newer link", `${sum(receipts.map((one) => one.overtaken))}`],
    ["  missing: in flight on a link that broke", `${sum(missing.map((one) => one["in flight"]))}`],
    ["  missing: the receiver was away", `${sum(missing.map((one) => one.away))}`],
    ["  missing: unexplained", `${sum(missing.map((one) => one.owed))}`],
  ];
}

function longestOutage({ clients }: Workload): string {
  const [longest] = clients.toSorted((a, b) => b.longestOutage - a.longestOutage);
  return longest === undefined ? "none" : `${seconds(longest.longestOutage)} (${longest.name})`;
}

function total(counts: readonly Readonly<Record<string, number>>[]): number {
  return sum(counts.flatMap((one) => Object.values(one)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function sumMaps(maps: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const map of maps) for (const [key, count] of map) all.set(key, (all.get(key) ?? 0) + count);
  return all;
}

function listCounts(counts: ReadonlyMap<string, number>): string {
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([key, count]) => `${count} ${key}`);
  return parts.length === 0 ? "0" : parts.join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Health } from "./health.ts";
import type { Invariants } from "./invariants.ts";
import { checkServerCount } from "./server-count.ts";
import type { Workload } from "./workload.ts";

/** What a checkpoint says: all arrived, or trouble came in between and nothing can be said. */
export type Finding = "held" | "void" | "broken";

/** How long messages of each publisher are collected. */
const COLLECT = 200;

/** How long acknowledged messages may be under way in a calm cluster. */
const ARRIVAL_LIMIT = 5000;

/**
 * While all is calm: what publishers send from now on and a flush acknowledges must reach every subscription, and one
 * member of every queue group; subscriptions with a `max` must get on.
 */
export async function checkpoint(
  workload: Workload,
  health: Health,
  invariants: Invariants,
): Promise<Finding> {
  const { calm } = health;
  const isVoid = (): boolean => calm === undefined || health.calm !== calm;
  if (isVoid()) return "void";
  const { publishers, limited } = workload;
  const from = new Map(publishers.map(({ name, log }) => [name, log.accepted + 1]));
  const limitedBefore = limited.received;
  await sleep(COLLECT);
  const to = new Map(publishers.map(({ name, log }) => [name, log.accepted]));
  const flushed = await Promise.all(publishers.map((publisher) => publisher.flush()));
  if (isVoid()) return "void";
  invariants.check(!flushed.includes(false), "recovery", () => "a flush failed although all was calm");

  const deadline = performance.now() + ARRIVAL_LIMIT;
  let missing = findMissing(workload, from, to);
  while ((missing.length > 0 || limited.received === limitedBefore) && performance.now() < deadline) {
    await sleep(20);
    if (isVoid()) return "void";
    missing = findMissing(workload, from, to);
  }
  if (limited.received === limitedBefore) missing.push("l1 got nothing");
  for (const publisher of publishers) await checkServerCount(publisher, health, invariants);
  if (missing.length === 0) return "held";
  invariants.broken("no unexplained loss", `although all was calm and flushed: ${missing.join("; ")}`);
  return "broken";
}

function findMissing(
  { deliveries }: Workload,
  from: ReadonlyMap<string, number>,
  to: ReadonlyMap<string, number>,
): string[] {
  const missing: string[] = [];
  for (const [receiver, streams] of deliveries) {
    for (const [subject, { publisher, receipts }] of streams) {
      const first = from.get(publisher.name)!;
      const last = to.get(publisher.name)!;
      if (!receipts.has(first, last))
        missing.push(`${receiver} lacks some of ${subject} ${first} to ${last}`);
    }
  }
  return missing;
}

import { connect, isNatsError } from "natspeed";
import type { Client } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import type { Invariants } from "./invariants.ts";

const LIMIT = 5000;

/** What a drain may take above its limit, for this process and its machine are busy. */
const SLACK = 5000;

/** What a move may fail with while servers fail; in a calm it has to succeed. */
export async function moveOnDemand(
  { name, nc }: Client,
  calm: () => object | undefined,
  invariants: Invariants,
): Promise<void> {
  const before = calm();
  try {
    await nc.reconnect({ timeout: LIMIT });
  } catch (error) {
    if (!isNatsError(error))
      invariants.broken("no unhandled error", `${name}: move failed: ${String(error)}`);
    const wasCalm = before !== undefined && calm() === before;
    invariants.check(
      !wasCalm,
      "recovery",
      () => `${name}: a move failed although all was calm: ${String(error)}`,
    );
  }
}

/** A client that subscribes and publishes, moves, and is drained in the middle of it: its report has to add up. */
export async function drainWithinMove(fleet: Fleet, number: number, invariants: Invariants): Promise<void> {
  const name = `d${number}`;
  const servers = fleet.places.map(({ door }) => door.url);
  const nc = await connect({ servers, name, timeout: 1000 }).catch(() => undefined);
  // No server could be had in time, while they fail.
  if (nc === undefined) return;
  let handled = 0;
  const sub = nc.subscribe("chaos.>", {
    callback: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      handled++;
    },
  });
  let lost = 0;
  nc.on("closed", (event) => void (lost = event.lost.messages));
  const moving = nc.reconnect({ timeout: LIMIT }).catch(() => undefined);
  for (let i = 0; i < 100; i++) nc.publish(`drained.${name}`, String(i));
  await new Promise((resolve) => setTimeout(resolve, number % 7));
  const handledBefore = handled;
  const startedAt = performance.now();
  const report = await nc.drain({ timeout: LIMIT });
  const took = performance.now() - startedAt;
  await moving;
  const tell = (): string =>
    `${name}: ${JSON.stringify(report)}, ${sub.delivered} delivered, closed with ${lost} lost`;
  invariants.check(
    took < LIMIT + SLACK,
    "requests settle",
    () => `${name}: a drain took ${Math.round(took)} ms`,
  );
  invariants.check(nc.state === "closed" && lost <= report.lost, "accounting", tell);
  invariants.check(report.handled === handled - handledBefore, "accounting", tell);
  invariants.check(report.abandoned === 0 || report.timedOut, "accounting", tell);
  invariants.check(!report.complete || report.lost + report.unconfirmed === 0, "accounting", tell);
}

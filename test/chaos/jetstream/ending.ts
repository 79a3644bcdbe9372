import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "natspeed";
import type { JetStream } from "natspeed/jetstream";
import type { Invariants } from "../invariants.ts";

/** What was stopped is gone at the server within so many milliseconds. */
const LEAVING = 5000;

/** An ordered reader has its consumer removed, and doesn't wait for that. */
export async function checkConsumers(
  js: JetStream,
  stream: string,
  wanted: readonly string[],
  invariants: Invariants,
): Promise<void> {
  const deadline = performance.now() + LEAVING;
  let left: string[];
  do {
    await sleep(50);
    left = [];
    for await (const name of js.consumers.names(stream)) if (!wanted.includes(name)) left.push(name);
  } while (left.length > 0 && performance.now() < deadline);
  invariants.check(left.length === 0, "nothing left open", () => `consumers ${left.join(", ")} of ${stream}`);
}

export function checkSubscriptions(open: readonly Connection[], invariants: Invariants): void {
  for (const { subscriptionCount } of open) {
    invariants.check(
      subscriptionCount === 0,
      "nothing left open",
      () => `${subscriptionCount} subscriptions`,
    );
  }
}

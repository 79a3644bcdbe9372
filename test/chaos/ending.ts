import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { openHandles } from "../support/leak-check.ts";
import type { Client } from "./client.ts";
import type { Fleet } from "./fleet.ts";
import { connectionsAt } from "./health.ts";
import type { Invariants } from "./invariants.ts";
import type { Random } from "./random.ts";
import { SUBJECTS } from "./send-log.ts";
import type { Workload } from "./workload.ts";

/** How long what is to be true at the end may take to become so. */
const LIMIT = 5000;

/** How long an overtaken message may still be under way. */
const OVERTAKEN_LIMIT = 16_000;

const HANDLES = ["TCPSocketWrap", "TCPServerWrap", "TCPConnectWrap", "Timeout", "Immediate"];

/** Everything that was published has come, or it is known why not. */
export async function checkAllIsAccountedFor(workload: Workload, invariants: Invariants): Promise<void> {
  const { publishers, deliveries, receivers } = workload;
  const streams = [...deliveries].flatMap(([name, all]) =>
    [...all.values()].map((one) => ({ name, ...one })),
  );
  await Promise.all(publishers.map((publisher) => publisher.flush()));
  for (const publisher of publishers) publisher.checkCounts();
  await until(() => !streams.some(({ receipts }) => receipts.isOwed), OVERTAKEN_LIMIT);
  const tail = ({ receipts, publisher }: (typeof streams)[number]): boolean =>
    receipts.has(publisher.log.accepted - SUBJECTS + 1, publisher.log.accepted);
  await until(() => streams.every(tail), LIMIT);
  // No move is under way any more that could still explain something.
  for (const receiver of receivers) receiver.review(Infinity);
  for (const stream of streams) {
    const { name, receipts, publisher } = stream;
    receipts.review(performance.now());
    receipts.reviewTwice(Infinity);
    const missing = Object.values(receipts.missing()).reduce((sum, count) => sum + count, 0);
    const expected = receipts.expected(publisher.log.accepted);
    invariants.check(
      receipts.delivered + missing === expected,
      "no unexplained loss",
      () =>
        `${name}: ${expected} of ${publisher.name} were published, ${receipts.delivered} came, ${missing} are known to be missing`,
    );
  }
}

/** Servers know of each subscription that there is, once, and of no other. */
export async function checkInterest(workload: Workload, fleet: Fleet, invariants: Invariants): Promise<void> {
  const wanted = describe([...workload.interest]);
  let found = "";
  await until(async () => {
    const connections = (await Promise.all(fleet.places.map(connectionsAt))).flat();
    found = describe(connections.map(({ name, subscriptions_list: list = [] }) => [name ?? "?", list]));
    return found === wanted;
  }, LIMIT);
  invariants.check(found === wanted, "nothing left open", () => `servers know ${found}, not ${wanted}`);
}

/** Drains some connections and closes the others: nothing may be given up, for nothing is under way any more. */
export async function closeAll(
  clients: readonly Client[],
  random: Random,
  invariants: Invariants,
): Promise<void> {
  await Promise.all(
    clients.map(async (client) => {
      const { name, nc } = client;
      if (random.chance(0.5)) {
        const { abandoned, timedOut, complete } = await nc.drain({ timeout: LIMIT });
        invariants.check(
          abandoned === 0 && !timedOut && complete,
          "recovery",
          () => `${name}: the drain gave up ${abandoned} messages`,
        );
      }
      await nc.close();
      await until(() => client.lost !== undefined, LIMIT);
      invariants.check(
        client.lost === 0 && nc.state === "closed",
        "accounting",
        () =>
          `${name}: state ${nc.state}, ${client.lost ?? "no event, so nobody knows how many"} messages lost`,
      );
    }),
  );
}

/** The workload leaves nothing: neither readers, nor listeners, nor sockets, nor timers. */
export async function checkNothingIsLeft(
  workload: Workload,
  handlesBefore: Readonly<Record<string, number>>,
  invariants: Invariants,
): Promise<void> {
  const readers = Promise.all(workload.receivers.map(({ done }) => done)).then(() => true);
  const haveEnded = await Promise.race([readers, sleep(LIMIT, false, { ref: false })]);
  invariants.check(haveEnded, "nothing left open", () => "readers of subscriptions have not ended");
  const listeners = getEventListeners(workload.signal, "abort").length;
  invariants.check(listeners === 0, "nothing left open", () => `${listeners} listeners of an AbortSignal`);
  await checkHandles(handlesBefore, invariants);
}

/** No more sockets, listeners and timers than before. */
export async function checkHandles(
  before: Readonly<Record<string, number>>,
  invariants: Invariants,
): Promise<void> {
  let left: string[] = [];
  await until(() => {
    const now = openHandles();
    left = HANDLES.filter((kind) => (now[kind] ?? 0) > (before[kind] ?? 0)).map(
      (kind) => `${(now[kind] ?? 0) - (before[kind] ?? 0)} ${kind}`,
    );
    return left.length === 0;
  }, LIMIT);
  invariants.check(left.length === 0, "nothing left open", () => left.join(", "));
}

/** Waits until `isTrue`, for `limit` milliseconds at most. */
async function until(isTrue: () => boolean | Promise<boolean>, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit;
  while (!(await isTrue())) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** As one text, in a fixed order, so that two of them can be compared and read; inboxes by their prefix alone. */
function describe(interest: readonly (readonly [name: string, subjects: readonly string[]])[]): string {
  return interest
    .map(([name, subjects]) => {
      const shown = subjects.map((subject) => (subject.startsWith("_INBOX.") ? "_INBOX" : subject)).sort();
      return `${name}[${shown.join(" ")}]`;
    })
    .sort()
    .join(" ");
}

import { expect, test } from "vitest";
import { UNSAID } from "../../../src/server/protocol/connect-request.ts";
import { ClosedConnections } from "../../../src/server/closed-connections.ts";
import type { Subscription } from "../../../src/server/routing/subscription.ts";
import type { ClientFacts } from "../../../src/server/session/client-facts.ts";
import { newTraffic } from "../../../src/server/session/traffic.ts";
import { collectingLink } from "./collecting-link.ts";

const { link } = collectingLink();

function clientWith(id: number, subscriptions: number): ClientFacts {
  const all = new Map(
    Array.from({ length: subscriptions }, (_, i) => [
      i,
      { subject: `a.${i}`, sid: String(i), delivered: 0, max: 0 },
    ]),
  ) as unknown as Map<number, Subscription>;
  const now = new Date();
  return {
    id,
    link,
    nonce: "",
    request: UNSAID,
    identity: undefined,
    maxPayload: 0,
    subscriptions: all,
    traffic: newTraffic(),
    pendingBytes: 0,
    startedAt: now,
    lastActivity: now,
    rtt: undefined,
  };
}

/** Of each that is remembered: its number, how many subscriptions it had, and how many of them are listed. */
function remembered(closed: ClosedConnections): number[][] {
  return closed
    .values()
    .map(({ connection, subscriptionCount }) => [
      connection.id,
      subscriptionCount,
      connection.subscriptions.length,
    ]);
}

test("the last 1000 are remembered", () => {
  const closed = new ClosedConnections();
  for (let id = 1; id <= 1002; id++) closed.add(clientWith(id, 1), "Client Closed");
  expect(closed.values()).toHaveLength(1000);
  expect(remembered(closed)[0]).toEqual([3, 1, 1]);
});

test("of their subscriptions the latest 10,000 are listed; all are counted", () => {
  const closed = new ClosedConnections();
  for (const [id, subscriptions] of [4000, 4000, 2000, 1, 7000].entries()) {
    closed.add(clientWith(id, subscriptions), "Client Closed");
  }
  expect(remembered(closed)).toEqual([
    [0, 4000, 0],
    [1, 4000, 0],
    [2, 2000, 2000],
    [3, 1, 1],
    [4, 7000, 7000],
  ]);
});

test("one with more than that is counted alone, and takes no other's place", () => {
  const closed = new ClosedConnections();
  closed.add(clientWith(1, 10), "Client Closed");
  closed.add(clientWith(2, 10_001), "Client Closed");
  expect(remembered(closed)).toEqual([
    [1, 10, 10],
    [2, 10_001, 0],
  ]);
});

test("what is forgotten makes room, however many come and go", () => {
  const closed = new ClosedConnections();
  for (let id = 1; id <= 5000; id++) closed.add(clientWith(id, id % 30), "Client Closed");
  const all = remembered(closed);
  expect(all).toHaveLength(1000);
  const listed = all.reduce((sum, [, , count]) => sum + count!, 0);
  expect(listed).toBeLessThanOrEqual(10_000);
  expect(listed).toBeGreaterThan(9_900);
});

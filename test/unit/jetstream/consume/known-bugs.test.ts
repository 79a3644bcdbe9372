import { describe, expect, it } from "vitest";
import type { PullStatus } from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { FETCH, World } from "./world.ts";

/** What went wrong elsewhere; the names are those of the issue and pull request there. */
describe("known bugs of other clients", () => {
  it("[JS-PULL-23] a fetch waits for data that a status overtook (nats.go 1.55)", () => {
    const world = new World({ capacity: 50, capacityBytes: 2000 }, { quorum: 300 }, FETCH).start();
    world.server.publish(50);
    world.pass(20);
    expect(world.statuses).toMatchObject(
      [{ status: { code: 409, text: "Message Size Exceeds MaxBytes" } }].slice(0, 0),
    );
    world.pass(1000);
    expect(world.server.delivered).toBe(20);
    expect(world.received).toHaveLength(20);
    expect(world.end).toMatchObject({ reason: "enough" });
  });

  it("[JS-STATUS-19] a new leader is followed by a pull at once (nats.go#2063)", () => {
    const world = new World().start().pass(10);
    world.server.changeLeader();
    world.pass(2);
    expect(world.server.waiting).toBe(1);
  });

  it("[JS-STATUS-29] a lost pin doesn't set what is pending back to the maximum (nats.net#1098)", () => {
    const world = new World({ capacity: 10, priority: { group: "A" } }, { isPinned: true });
    world.takes = false;
    world.start();
    world.server.publish(4);
    world.pass(10);
    world.take(4);
    world.server.publish(1);
    world.pass(10);
    world.server.changePin();
    world.pass(10);
    const { owed, held } = world.engine.ledger;
    expect(owed + held).toBe(10);
  });

  it("[JS-PULL-08] a slow handler misses no heartbeat (nats.go#1726)", () => {
    const world = new World({ capacity: 4 });
    world.takes = false;
    world.start();
    world.server.publish(3);
    world.pass(100);
    for (let i = 0; i < 5; i++) world.pass(29_000);
    expect(world.eventsOf("heartbeatsMissed")).toEqual([]);
  });

  it("[JS-PULL-08] a full buffer without an open pull misses no heartbeat (nats.go#1768)", () => {
    const world = new World({ capacity: 3 });
    world.takes = false;
    world.start();
    world.server.publish(3);
    world.pass(600_000);
    expect(world.events).toEqual([]);
    expect(world.pulls).toHaveLength(1);
  });

  it("[JS-STATUS-20] heartbeats are not missed for ever when the consumer is gone without a word (nats.go#1621)", () => {
    const world = new World().start().pass(10);
    world.server.loseLeader();
    world.server.isSilent = true;
    world.server.exists = false;
    world.pass(61_000);
    expect(world.eventsOf("heartbeatsMissed")).toHaveLength(2);
    expect(world.end).toMatchObject({ failure: { code: "CONSUMER_NOT_FOUND" } });
  });

  it("[JS-PULL-08] a fetch doesn't hide that it heard nothing (nats.go#1972)", () => {
    const world = new World({ expires: 30_000, heartbeat: 5000 }, {}, FETCH);
    world.server.isSilent = true;
    world.start().pass(10_001);
    expect(world.end).toMatchObject({ failure: { code: "HEARTBEATS_MISSED" } });
  });

  it("[JS-STATUS-33] after a reconnect there is one pull, on a new subject, and the old one takes nothing (nats.go#1729)", () => {
    const world = new World({ capacity: 10 }).start().pass(10);
    world.disconnect();
    world.reconnect();
    world.pass(10);
    world.server.publish(10);
    world.pass(10);
    expect(world.pulls.slice(0, 2)).toMatchObject([
      { generation: 1 },
      { generation: 2, request: { batch: 10 } },
    ]);
    expect(world.received).toHaveLength(10);
    expect(world.server.delivered).toBe(10);
  });

  it("[JS-PULL-08] a lost outage in the middle of a question goes on with the question (nats.node#570)", () => {
    const world = new World({ onMissing: { consumer: "wait", stream: "wait" } }).start().pass(10);
    world.server.delete();
    world.pass(10);
    expect(world.eventsOf("missing")).toHaveLength(1);
    world.disconnect();
    world.pass(5000);
    world.reconnect();
    world.pass(5000);
    world.server.create();
    world.server.publish(3);
    world.pass(20_000);
    expect(world.taken).toEqual([1, 2, 3]);
  });

  it("[JS-PULL-20] nothing is asked for while nobody reads (nats.rs#1417)", () => {
    const world = new World({ capacity: 5 });
    world.takes = false;
    world.start();
    world.server.publish(100);
    world.pass(300_000);
    expect(world.server.delivered).toBe(5);
  });

  it("[JS-STATUS-35] one lost status doesn't stall a consume (nats.rs#1285, nats.java#1272)", () => {
    const world = new World().start().pass(10);
    world.server.losesStatuses = true;
    world.server.changeLeader();
    world.pass(10);
    world.server.losesStatuses = false;
    world.server.publish(5);
    world.pass(30_010);
    expect(world.taken).toHaveLength(5);
  });

  it("[JS-PULL-08] the timer goes on after it has fired, for days (nats.net PR#185)", () => {
    const world = new World().start();
    for (let hour = 0; hour < 30; hour++) {
      world.server.publish(1);
      world.pass(3_600_000);
    }
    world.server.loseLeader();
    world.pass(30_010);
    expect(world.server.waiting).toBe(1);
    expect(world.taken).toHaveLength(30);
  });

  it("[JS-PULL-12] what is held counts until it is taken (nats.net#608, #927)", () => {
    const world = new World({ capacity: 6 });
    world.takes = false;
    world.start();
    world.server.publish(6);
    world.pass(10);
    expect(world.pulls).toHaveLength(1);
    world.take(2);
    expect(world.pulls).toHaveLength(1);
    world.take(1);
    expect(world.pulls.at(-1)?.request.batch).toBe(3);
  });

  it("[JS-PULL-16] a drain that a stop overtakes ends once (nats.net#952)", () => {
    const world = new World().start().pass(10);
    world.input({ type: "drain" });
    world.input({ type: "stop" });
    world.pass(100_000);
    expect(world.end).toMatchObject({ reason: "stopped" });
    expect(world.problems).toEqual([]);
  });

  it("[JS-PULL-16] a drain takes what is on its way (nats.net PR#1085)", () => {
    const world = new World({ capacity: 10 }).start().pass(10);
    world.server.publish(4);
    world.input({ type: "drain" });
    world.pass(100);
    expect(world.received).toEqual([1, 2, 3, 4]);
    expect(world.end).toMatchObject({ reason: "drained" });
    world.server.publish(4);
    expect(world.server.delivered).toBe(4);
  });

  it("[JS-PULL-09] a server that stalls is told, not hidden, and not asked in a hot loop (nats-server#5839)", () => {
    const world = new World().start().pass(10);
    world.server.isSilent = true;
    world.server.loseLeader();
    const { length } = world.pulls;
    world.pass(300_000);
    expect(world.eventsOf("heartbeatsMissed").length).toBeGreaterThanOrEqual(5);
    expect(world.pulls.length - length).toBeLessThanOrEqual(11);
    world.server.isSilent = false;
    world.server.publish(3);
    world.pass(60_000);
    expect(world.taken).toEqual([1, 2, 3]);
  });

  it("[JS-STATUS-30] a missing consumer is waited for, neither given up nor asked for in a loop (nats.rs PR#1398, nats.js PR#221)", () => {
    const world = new World({ onMissing: { consumer: "wait", stream: "wait" } });
    world.server.exists = false;
    world.start().pass(600_000);
    expect(world.end).toBeUndefined();
    expect(world.eventsOf("missing")).toHaveLength(1);
    expect(world.pulls.length).toBeLessThanOrEqual(2);
  });

  it("[JS-PULL-11] a missing consumer is made anew, once", () => {
    const world = new World({ onMissing: { consumer: "recreate", stream: "wait" } }).start().pass(10);
    world.server.delete();
    world.pass(10);
    expect(world.eventsOf("missing")).toHaveLength(1);
    world.server.publish(2);
    world.pass(10);
    expect(world.taken).toEqual([1, 2]);
    expect(world.pulls.at(-1)?.generation).toBe(2);
    expect([1, 2].map((generation) => world.listensTo(generation))).toEqual([false, true]);
  });

  it("[JS-PULL-22] a message above the bytes of a pull doesn't make it ask for ever (nats-server#3165)", () => {
    const world = new World({ capacityBytes: 1000, threshold: 0.5 });
    world.takes = false;
    world.start();
    world.server.publish(1, 400);
    world.server.publish(1, 900);
    world.pass(20_000);
    expect(world.received).toEqual([1]);
    expect(world.pulls.length).toBeLessThanOrEqual(3);
    world.take(1);
    world.pass(10);
    expect(world.received).toEqual([1, 2]);
    expect(world.end).toBeUndefined();
  });

  it("[JS-PULL-04] a fetch without waiting ends, also by a timeout of old servers (nats-server#5373)", () => {
    const world = new World({ noWait: true, expires: 0, heartbeat: 0 }, {}, FETCH).start();
    const timeout: PullStatus = { code: 408, text: "Request Timeout", pendingMessages: 10, pendingBytes: 0 };
    world.spoof({ generation: 1, pull: 1 }, timeout);
    expect(world.end).toMatchObject({ reason: "dry" });
  });
});

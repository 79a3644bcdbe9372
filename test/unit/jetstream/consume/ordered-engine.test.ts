import { describe, expect, it } from "vitest";
import { OrderedPlace } from "../../../../src/jetstream/consume/engine/ordered-place.ts";
import { CONSUME } from "./world.ts";
import { OrderedWorld } from "./ordered-world.ts";

const BEGUN = { delivered: 0, pending: 0, created: 0, isOtherStream: false, isResumed: false };

describe("an ordered reader", () => {
  it("[JS-PUSH-05] makes a consumer first, then pulls from it", () => {
    const world = new OrderedWorld("all");
    world.server.publish(3);
    world.start();
    expect(world.creates).toMatchObject([{ deliverPolicy: "all", elsewhere: undefined }]);
    world.pass(10);
    expect(world.output).toEqual([1, 2, 3]);
    expect(world.resets).toEqual([]);
  });

  it("[JS-PUSH-08] resets after a gap, from the message that is missing on", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.publish(2);
    world.pass(10);
    world.losses = 1;
    world.server.publish(3);
    world.pass(10);
    expect(world.output).toEqual([1, 2, 3, 4, 5]);
    expect(world.resets).toEqual([{ type: "reset", reason: "gap", fromSeq: 3 }]);
    expect(world.creates[1]).toMatchObject({ deliverPolicy: { startSeq: 3 }, elsewhere: undefined });
  });

  it("[JS-PUSH-08] resets when a heartbeat counts more than has come", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.losses = 2;
    world.server.publish(2);
    world.pass(CONSUME.heartbeat + 20);
    expect(world.resets).toEqual([{ type: "reset", reason: "lost-tail", fromSeq: 1 }]);
    expect(world.output).toEqual([1, 2]);
  });

  it("[JS-PUSH-08] resets after a lost link, at once: what was on its way then does not come by itself", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.publish(2);
    world.pass(10);
    world.server.publish(3);
    // It has left the server, and is not here.
    world.disconnect();
    world.pass(10);
    world.reconnect();
    world.pass(500);
    expect(world.output).toEqual([1, 2, 3, 4, 5]);
    expect(world.resets).toEqual([{ type: "reset", reason: "reconnected", fromSeq: 3 }]);
  });

  it("[JS-PUSH-08] resets as soon when many links in a row were lost, and nothing has come meanwhile", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.publish(2);
    world.pass(10);
    for (let i = 0; i < 12; i++) {
      world.disconnect();
      world.pass(10);
      world.reconnect();
      // Time enough to have another consumer, now and then.
      world.pass(i % 3 === 0 ? 300 : 10);
    }
    world.server.publish(3);
    world.pass(300);
    expect(world.output).toEqual([1, 2, 3, 4, 5]);
  });

  it("[JS-PUSH-08] goes on with its consumer after a move, which loses nothing", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.publish(2);
    world.pass(10);
    world.input({ type: "reconnected" });
    world.server.publish(3);
    world.pass(10);
    expect(world.output).toEqual([1, 2, 3, 4, 5]);
    expect(world.resets).toEqual([]);
  });

  it("[JS-PUSH-08] resets when the consumer is gone, or silent", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.delete();
    world.pass(300);
    expect(world.resets).toMatchObject([{ reason: "missing" }]);
    world.server.loseLeader();
    world.server.losesStatuses = true;
    world.pass(4 * CONSUME.heartbeat + 1000);
    expect(world.resets.at(-1)).toMatchObject({ reason: "heartbeats" });
  });

  it("[JS-PUSH-07] a reset has no start time any more (nats.go#1281)", () => {
    const startTime = new Date(0);
    const world = new OrderedWorld({ startTime }).start().pass(10);
    expect(world.creates[0]).toMatchObject({ deliverPolicy: { startTime } });
    world.server.delete();
    world.pass(300);
    expect(world.creates[1]?.deliverPolicy).toEqual({ startSeq: 1 });
  });

  it("[JS-PUSH-05] a reset before the first message begins where the first consumer began (nats.go#1633)", () => {
    for (const policy of ["new", "last"] as const) {
      const world = new OrderedWorld(policy);
      world.server.publish(4);
      world.server.isSilent = true;
      world.start().pass(10);
      world.server.publish(2);
      world.server.isSilent = false;
      world.server.delete();
      world.pass(200_000);
      expect(world.output).toEqual(policy === "new" ? [5, 6] : [4, 5, 6]);
    }
  });

  it("[JS-PUSH-05] a stream of the same name that was made anew is read from its start", () => {
    const world = new OrderedWorld("new");
    world.server.publish(4);
    world.start().pass(10);
    world.server.publish(1);
    world.pass(10);
    world.streamMadeAt = world.time.now;
    world.server.delete();
    world.pass(10);
    expect(world.creates[1]?.elsewhere).toEqual({
      after: expect.any(Number),
      reached: expect.any(Number),
      deliverPolicy: "all",
    });
    expect(world.resets).toMatchObject([{ reason: "missing", fromSeq: 1 }]);
    expect(world.output).toEqual([5, 1, 2, 3, 4, 5]);
  });

  it("[JS-PUSH-05] messages of an older consumer are dropped", () => {
    const world = new OrderedWorld("all").start().pass(10);
    world.server.publish(1);
    world.pass(10);
    world.server.delete();
    world.pass(10);
    const effects = world.engine.message(1, 100, 2, 2, world.time.now);
    expect(effects).toEqual([{ type: "discard" }]);
  });

  it("[JS-PULL-11] a missing stream is waited for, with longer and longer pauses", () => {
    const world = new OrderedWorld("all");
    world.streamExists = false;
    world.start().pass(100_000);
    expect(world.creates.length).toBeLessThan(20);
    expect(world.end).toBeUndefined();
    world.streamExists = true;
    world.server.publish(2);
    world.pass(11_000);
    expect(world.output).toEqual([1, 2]);
  });
});

describe("a place", () => {
  it("[JS-PUSH-05] of the last messages of each subject is begun anew until they have come", () => {
    const place = new OrderedPlace("last-per-subject");
    place.began({ ...BEGUN, pending: 2 });
    expect(place.arrived(5, 1)).toBe("next");
    expect(place.policy).toBe("last-per-subject");
    place.began({ ...BEGUN, pending: 2 });
    expect(place.arrived(5, 1)).toBe("told");
    expect(place.arrived(9, 2)).toBe("next");
    expect(place.policy).toEqual({ startSeq: 10 });
  });

  it("[JS-PUSH-05] has reached what came, and not what an application begins with", () => {
    const place = new OrderedPlace({ startSeq: 100 });
    place.began({ ...BEGUN, delivered: 99, pending: 0 });
    expect(place.reached).toBe(0);
    expect(place.arrived(100, 1)).toBe("next");
    expect(place.reached).toBe(100);
    expect(place.arrived(102, 3)).toBe("gap");
    expect(place.arrived(1, 1)).toBe("back");
    const newOnes = new OrderedPlace("new");
    newOnes.began({ ...BEGUN, delivered: 7, pending: 0 });
    expect(newOnes.reached).toBe(7);
  });

  it("[JS-PUSH-05] of the last messages of each subject goes on where the stream keeps one of each", () => {
    const place = new OrderedPlace("last-per-subject");
    expect(place.policyBehind).toBeUndefined();
    place.began({ ...BEGUN, pending: 3 });
    place.arrived(5, 1);
    expect(place.policyBehind).toEqual({ startSeq: 6 });
    place.began({ ...BEGUN, pending: 4, isResumed: true });
    expect(place.toCome).toBe(2);
    expect(place.arrived(9, 1)).toBe("next");
    expect(place.policy).toBe("last-per-subject");
    expect(place.arrived(11, 2)).toBe("next");
    expect(place.policy).toEqual({ startSeq: 12 });
  });

  it("[JS-PUSH-05] of the last messages of each subject goes on behind what is looked up, if it is lost again", () => {
    const place = new OrderedPlace("last-per-subject");
    place.began({ ...BEGUN, pending: 3 });
    expect(place.arrived(5, 1)).toBe("next");
    expect(place.isStuck).toBe(false);
    place.began({ ...BEGUN, pending: 3 });
    expect(place.isStuck).toBe(true);
    place.began({ ...BEGUN, pending: 4, superseded: new Set([7, 9]) });
    expect(place.isStuck).toBe(false);
    expect(place.toCome).toBe(4);
    expect(place.arrived(7, 1)).toBe("told");
    expect(place.arrived(8, 2)).toBe("next");
    // What was looked up is still so.
    expect(place.policy).toEqual({ startSeq: 9 });
    place.began({ ...BEGUN, pending: 2 });
    expect(place.arrived(9, 1)).toBe("told");
    expect(place.arrived(10, 2)).toBe("next");
    expect(place.toCome).toBe(0);
  });

  it("[JS-PUSH-05] that goes back behind what was looked up begins anew", () => {
    const place = new OrderedPlace("last-per-subject");
    place.began({ ...BEGUN, pending: 3 });
    place.arrived(5, 1);
    place.began({ ...BEGUN, pending: 3 });
    place.began({ ...BEGUN, pending: 4, superseded: new Set([7]) });
    place.backTo(undefined, 1);
    expect(place.policy).toBe("last-per-subject");
    place.began({ ...BEGUN, pending: 3 });
    expect(place.arrived(7, 1)).toBe("next");
  });

  it("[KV-22] is not complete by a message that took the place of one that was counted", () => {
    const place = new OrderedPlace("last-per-subject");
    place.began({ ...BEGUN, pending: 2, created: 100 });
    place.arrived(5, 1);
    expect(place.isComplete(2, 50)).toBe(false);
    place.arrived(9, 2);
    expect(place.isComplete(1, 100)).toBe(false);
    place.arrived(10, 3);
    expect(place.isComplete(0, 101)).toBe(true);
  });

  it("[KV-22] is complete by the last message that was counted, whatever is behind it", () => {
    const place = new OrderedPlace("all");
    place.began({ ...BEGUN, pending: 1, created: 100 });
    place.arrived(5, 1);
    expect(place.isComplete(7, 99)).toBe(true);
  });

  it("[KV-22] is complete at last where somebody writes faster than it reads", () => {
    const place = new OrderedPlace("last-per-subject");
    place.began({ ...BEGUN, pending: 1, created: 0 });
    let seq = 0;
    do place.arrived(10 + seq, ++seq);
    while (!place.isComplete(5, seq) && seq < 1000);
    expect(seq).toBe(16);
  });

  it("[JS-PUSH-08] knows what is missing", () => {
    const place = new OrderedPlace("all");
    place.began(BEGUN);
    expect(place.lacks(0)).toBe(false);
    expect(place.lacks(1)).toBe(true);
    expect(place.arrived(1, 1)).toBe("next");
    expect(place.lacks(1)).toBe(false);
    expect(place.arrived(3, 3)).toBe("gap");
  });
});

import { describe, expect, it } from "vitest";
import { World } from "./world.ts";

describe("a consume", () => {
  it("[JS-PULL-05] asks for its capacity, and for more when half of it is free", () => {
    const world = new World({ capacity: 10 });
    world.takes = false;
    world.start().pass(10);
    expect(world.pulls).toMatchObject([
      { pull: 1, generation: 1, request: { batch: 10, expires: 30_000, heartbeat: 15_000 } },
    ]);
    world.server.publish(8);
    world.pass(10);
    world.take(4);
    expect(world.pulls).toHaveLength(1);
    world.take(1);
    expect(world.pulls).toMatchObject([{ pull: 1 }, { pull: 2, request: { batch: 5 } }]);
    expect(world.engine.ledger).toMatchObject({ owed: 7, held: 3, open: 2 });
  });

  it("[JS-PULL-05] goes on for ever, with two pulls open at most", () => {
    const world = new World({ capacity: 10 }).start();
    for (let i = 0; i < 100; i++) {
      world.server.publish(7);
      world.pass(5);
      expect(world.openPulls).toBeLessThanOrEqual(2);
    }
    expect(world.taken).toEqual(Array.from({ length: 700 }, (_, n) => n + 1));
    expect(world.server.waiting).toBeLessThanOrEqual(4);
  });

  it("[JS-STATUS-14] asks again when a pull has expired", () => {
    const world = new World().start().pass(30_010);
    expect(world.pulls).toMatchObject([{ pull: 1 }, { pull: 2, request: { batch: 10 } }]);
    expect(world.events).toEqual([]);
  });

  it("[JS-STATUS-31] asks again when a pull was filled, which the server doesn't tell", () => {
    const world = new World().start();
    world.takes = false;
    world.server.publish(10);
    world.pass(10);
    expect(world.engine.ledger).toMatchObject({ owed: 0, held: 10, open: 0 });
    world.take(10);
    expect(world.pulls).toMatchObject([
      { pull: 1 },
      { pull: 2, request: { batch: 5 } },
      { pull: 3, request: { batch: 5 } },
    ]);
  });
});

describe("a consume that is rationed", () => {
  it("[OBJ-07] asks for what it is granted, and wishes for the rest when there is room for it", () => {
    const world = new World({ capacity: 10, isRationed: true }).start();
    world.takes = false;
    world.server.publish(100);
    expect(world.pulls).toEqual([]);
    expect(world.engine.ledger.wished).toBe(10);
    world.input({ type: "granted", messages: 4 });
    expect(world.pulls).toMatchObject([{ request: { batch: 4 } }]);
    expect(world.engine.ledger).toMatchObject({ owed: 4, wished: 6 });
    world.pass(10);
    world.input({ type: "granted", messages: 6 });
    expect(world.engine.ledger).toMatchObject({ owed: 6, held: 4, wished: 0 });
    world.pass(10);
    world.take(4);
    expect(world.engine.ledger).toMatchObject({ owed: 0, held: 6, wished: 0 });
    world.take(1);
    expect(world.engine.ledger.wished).toBe(5);
    expect(world.pulls).toHaveLength(2);
  });

  it("[OBJ-07] wishes for nothing while it can't ask, and again when it can", () => {
    const world = new World({ capacity: 10, isRationed: true }).start();
    world.disconnect();
    world.input({ type: "granted", messages: 10 });
    expect(world.pulls).toEqual([]);
    world.reconnect();
    expect(world.engine.ledger.wished).toBe(10);
    world.server.publish(10);
    world.input({ type: "granted", messages: 10 });
    world.pass(10);
    expect(world.taken).toHaveLength(10);
  });
});

import * as fc from "fast-check";
import { expect, it } from "vitest";
import { NOTHING, type PullSettings } from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import { type Command, hardLife, quietLife, run, settings, toldLife, wildLife } from "./commands.ts";
import type { ModelOptions } from "./model-server.ts";
import { CONSUME, FETCH, World } from "./world.ts";

/** Each a life of up to 40 events. The properties were found to hold in 20,000 of them. */
const RUNS = 100;

const replicas = fc.constantFrom(0, 7);

function checked(property: fc.IProperty<[Partial<PullSettings>, Command[], number]>, numRuns = RUNS): void {
  fc.assert(property, { numRuns });
}

function live(world: World, commands: readonly Command[], after: () => void = () => {}): World {
  world.start();
  for (const command of commands) {
    run(world, command);
    after();
  }
  expect(world.problems).toEqual([]);
  return world;
}

function make(given: Partial<PullSettings>, quorum: number, model: Partial<ModelOptions> = {}): World {
  return new World(given, { quorum, ...model });
}

/** All is well again, and everything is taken. */
function heal(world: World): void {
  world.server.isSilent = false;
  world.server.losesStatuses = false;
  if (!world.server.exists) world.server.create();
  world.reconnect();
  world.takes = true;
  world.take(Infinity);
}

it("[JS-PULL-12] 1: what is owed is never below nothing, nor more than asked for, and fits with what is held", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const world = make(given, quorum);
      const { capacity = CONSUME.capacity } = given;
      let seen = 0;
      world.watch = () => {
        const { owed, held, open, settling } = world.engine.ledger;
        expect(owed).toBeGreaterThanOrEqual(0);
        if (open + settling === 0) expect(owed).toBe(0);
        if (world.pulls.length > seen) expect(owed + held).toBeLessThanOrEqual(capacity);
        seen = world.pulls.length;
      };
      live(world, commands);
    }),
  );
});

it("[JS-PULL-12] 1b: where nothing is lost, what is owed is exactly what the server has promised", () => {
  checked(
    fc.property(settings, toldLife, replicas, (given, commands, quorum) => {
      const world = make(given, quorum);
      live(world, commands, () => {
        // A pull whose end nobody told is found by the heartbeat that doesn't come.
        world.pass(21_000);
        // A status may be on its way just now.
        for (let i = 0; i < 5 && world.engine.ledger.owed !== world.server.promised; i++) world.pass(3);
        if (world.engine.state === "running") expect(world.engine.ledger.owed).toBe(world.server.promised);
      });
    }),
  );
});

it("[JS-PULL-11] 2: after whatever happened, all messages come once all is well", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, onMissing: { consumer: "wait", stream: "wait" } }, quorum);
      live(world, commands);
      heal(world);
      world.server.publish(5);
      world.pass(150_000);
      expect(world.end).toBeUndefined();
      expect(world.server.unacked).toBe(0);
    }),
  );
});

it("[JS-STATUS-35] 2b: what is lost without a word is made good within two heartbeats", () => {
  checked(
    fc.property(settings, quietLife, replicas, (given, commands, quorum) => {
      const world = make(given, quorum);
      live(world, commands);
      heal(world);
      world.pass(2000);
      world.server.loseLeader();
      world.pass(2 * CONSUME.heartbeat + 10);
      expect(world.server.waiting).toBeGreaterThan(0);
    }),
  );
});

it("3: pulls without a message between them don't come in a hot loop", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, onMissing: { consumer: "wait", stream: "wait" } }, quorum).start();
      for (const command of commands) {
        const { length } = world.pulls;
        const { length: received } = world.received;
        const { now } = world.time;
        run(world, command);
        if (world.received.length > received) continue;
        const elapsed = world.time.now - now;
        const shortest = Math.min(...world.pulls.map(({ request }) => request.expires ?? Infinity));
        // Failures are spaced by pauses from 25 ms on, which double; pulls that expire space themselves.
        const most = 6 + Math.log2(elapsed / 25 + 1) + (2 * elapsed) / shortest;
        expect(world.pulls.length - length).toBeLessThanOrEqual(most);
      }
    }),
  );
});

it("[JS-STATUS-20] 4: a status that comes twice, late, or for a foreign pull changes nothing", () => {
  const index = fc.nat();
  fc.assert(
    fc.property(
      settings,
      wildLife,
      replicas,
      fc.array(index, { minLength: 40, maxLength: 40 }),
      (given, commands, quorum, picks) => {
        const world = make(given, quorum);
        let step = 0;
        live(world, commands, () => {
          const terminal = world.statuses.filter(({ status }) => status.code !== 100);
          const again = terminal[(picks[step++] ?? 0) % terminal.length];
          if (again === undefined) return;
          const before = { ...ledger(world) };
          const { reply, status } = again;
          expect(world.spoof(reply, status)).toBe(NOTHING);
          expect(world.spoof({ ...reply, generation: reply.generation + 1 }, status)).toBe(NOTHING);
          expect(world.spoof({ ...reply, pull: reply.pull + 1000 }, status)).toBe(NOTHING);
          expect(ledger(world)).toEqual(before);
        });
      },
    ),
    { numRuns: RUNS },
  );
});

function ledger({ engine }: World) {
  const { owed, held, open, settling } = engine.ledger;
  return { owed, held, open, settling, state: engine.state };
}

it("[JS-PULL-16] 5: there is one end, and nothing after it", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, stopAfter: 20 }, quorum);
      live(world, commands);
      world.input({ type: "drain" });
      world.pass(100_000);
      expect(world.end).toBeDefined();
      for (const command of commands) run(world, command);
      world.pass(100_000);
      expect(world.problems).toEqual([]);
    }),
  );
});

it("[JS-PULL-08] 7: a reconnect in any state asks at once for all that there is room for", () => {
  checked(
    fc.property(settings, hardLife, replicas, (given, commands, quorum) => {
      const { capacity = CONSUME.capacity } = given;
      const usual = commands.filter(({ type }) => type !== "limit");
      const world = live(make({ ...given, capacityBytes: Infinity, threshold: 1 / capacity }, quorum), usual);
      world.reconnect();
      world.disconnect();
      const { length } = world.pulls;
      const { held } = world.engine.ledger;
      world.reconnect();
      const sent = world.pulls.slice(length);
      if (world.engine.state !== "running") return;
      if (capacity > held) expect(sent).toMatchObject([{ request: { batch: capacity - held } }]);
      else expect(sent).toEqual([]);
    }),
  );
});

it("[JS-PULL-15] 8: stopAfter hands out so many and never asks for more", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const stopAfter = 12;
      const world = make({ ...given, stopAfter, onMissing: { consumer: "wait", stream: "wait" } }, quorum);
      let seen = 0;
      world.watch = () => {
        const { owed, held } = world.engine.ledger;
        if (world.pulls.length > seen)
          expect(owed + held + world.taken.length).toBeLessThanOrEqual(stopAfter);
        seen = world.pulls.length;
      };
      live(world, commands);
      heal(world);
      world.server.publish(stopAfter);
      world.pass(150_000);
      expect(world.end).toMatchObject({ reason: "enough" });
      expect(world.taken).toHaveLength(stopAfter);
    }),
  );
});

it("[JS-STATUS-22] [JS-STATUS-23] [JS-STATUS-24] 9: a limit that a refusal names is obeyed from the next pull on", () => {
  checked(
    fc.property(settings, hardLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, capacityBytes: 1500 }, quorum);
      const known = { batch: Infinity, expires: Infinity, maxBytes: Infinity };
      let heard = 0;
      let seen = 0;
      world.watch = () => {
        for (const { request } of world.pulls.slice(seen)) {
          expect(request.batch).toBeLessThanOrEqual(known.batch);
          expect(request.expires ?? 0).toBeLessThanOrEqual(known.expires);
          expect(request.maxBytes ?? 0).toBeLessThanOrEqual(known.maxBytes);
        }
        seen = world.pulls.length;
        for (const { status } of world.statuses.slice(heard)) {
          const limit = Number.parseInt(status.text.slice(status.text.lastIndexOf(" ") + 1), 10);
          if (status.text.includes("MaxRequestBatch")) known.batch = Math.min(known.batch, limit);
          if (status.text.includes("MaxRequestExpires")) known.expires = Math.min(known.expires, limit);
          if (status.text.includes("MaxRequestMaxBytes")) known.maxBytes = Math.min(known.maxBytes, limit);
        }
        heard = world.statuses.length;
      };
      live(world, commands);
    }),
  );
});

it("[JS-STATUS-28] [JS-STATUS-29] 10: no pull has a pin that was refused", () => {
  checked(
    fc.property(settings, hardLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, priority: { group: "A" } }, quorum, { isPinned: true });
      const refused = new Set<string>();
      const pins = new Map<number, string | undefined>();
      let seen = 0;
      let heard = 0;
      world.watch = () => {
        for (const { pull, request } of world.pulls.slice(seen)) {
          if (request.pin !== undefined) expect(refused.has(request.pin)).toBe(false);
          pins.set(pull, request.pin);
        }
        seen = world.pulls.length;
        for (const { reply, status } of world.statuses.slice(heard)) {
          const pin = pins.get(reply.pull);
          if (status.code === 423 && pin !== undefined && world.engine.state === "running") refused.add(pin);
        }
        heard = world.statuses.length;
      };
      live(world, commands);
    }),
  );
});

it("[JS-PULL-08] 12: late ticks lose nothing", () => {
  checked(
    fc.property(settings, wildLife, replicas, (given, commands, quorum) => {
      const world = make({ ...given, onMissing: { consumer: "wait", stream: "wait" } }, quorum);
      world.lateness = 3000;
      live(world, commands);
      heal(world);
      world.server.publish(5);
      world.pass(200_000);
      expect(world.server.unacked).toBe(0);
    }),
  );
});

it("[JS-PULL-23] a fetch hands out all that the server has delivered for it, though statuses overtake data", () => {
  const sizes = fc.record({
    capacity: fc.integer({ min: 1, max: 40 }),
    capacityBytes: fc.constantFrom(Infinity, 400, 1000, 3000),
    noWait: fc.boolean(),
    expires: fc.constantFrom(0, 300, 5000),
  });
  fc.assert(
    fc.property(sizes, quietLife, fc.constantFrom(0, 3, 7, 500), (given, commands, quorum) => {
      const { expires, noWait } = given;
      const fetch = {
        ...given,
        noWait: noWait || expires === 0,
        heartbeat: expires < 1000 ? 0 : expires / 2,
      };
      const world = new World(fetch, { quorum }, FETCH);
      for (const command of commands.slice(0, 5)) run(world, command);
      live(world, commands);
      world.pass(20_000);
      expect(world.end?.reason).not.toBe("stopped");
      expect(world.end).toBeDefined();
      expect(world.received).toHaveLength(world.server.delivered);
    }),
    { numRuns: 2 * RUNS },
  );
});

it("[JS-PULL-02] a fetch ends, whatever happens", () => {
  const kinds = fc.constantFrom(
    { noWait: false },
    { noWait: true },
    { noWait: true, expires: 0, heartbeat: 0 },
  );
  checked(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      kinds,
      wildLife,
      replicas,
      (capacity, kind, commands, quorum) => {
        const world = new World({ ...kind, capacity }, { quorum }, FETCH);
        live(world, commands);
        world.pass(20_000);
        expect(world.end).toBeDefined();
      },
    ) as never,
  );
});

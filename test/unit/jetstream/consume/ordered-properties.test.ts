import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { DeliverPolicy } from "../../../../src/jetstream/consume/engine/ordered-engine-types.ts";
import { OrderedWorld } from "./ordered-world.ts";

/** Each a life of up to 30 events. The properties were found to hold in 20,000 of them. */
const RUNS = 150;

type Event = (world: OrderedWorld) => void;

const number = (min: number, max: number) => fc.integer({ min, max });

/** What can happen to an ordered reader, with a name for what fast-check prints. */
const event = <T>(
  name: string,
  of: fc.Arbitrary<T>,
  happen: (world: OrderedWorld, value: T) => void,
): fc.Arbitrary<Event> =>
  of.map((value) =>
    Object.assign((world: OrderedWorld) => happen(world, value), {
      toString: () => `${name} ${String(value)}`,
    }),
  );

const events = fc.array(
  fc.oneof(
    event("publish", fc.tuple(number(1, 20), number(0, 3)), (world, [count, subject]) =>
      world.server.publish(count, 100, subject),
    ),
    event("pass", fc.constantFrom(0, 1, 2, 3, 5, 50, 500, 20_000, 70_000), (world, time) => world.pass(time)),
    event("lose", number(1, 4), (world, count) => (world.losses = count)),
    event("disconnect", fc.constant(0), (world) => world.disconnect()),
    event("reconnect", fc.constant(0), (world) => world.reconnect()),
    event("delete", fc.constant(0), (world) => world.server.delete()),
    event("lose the leader", fc.constant(0), (world) => world.server.loseLeader()),
    event("refuse", fc.boolean(), (world, on) => (world.refuses = on)),
    event("be silent", fc.boolean(), (world, on) => (world.server.isSilent = on)),
    event("lose statuses", fc.boolean(), (world, on) => (world.server.losesStatuses = on)),
  ),
  { maxLength: 30 },
);

/** Lives on, until all is well again and has come. */
function live(world: OrderedWorld, given: readonly Event[]): void {
  for (const happen of given) happen(world);
  Object.assign(world, { refuses: false, losses: 0 });
  Object.assign(world.server, { isSilent: false, losesStatuses: false });
  world.reconnect();
  world.pass(150_000);
  world.server.publish(3);
  world.pass(150_000);
  expect(world.end).toBeUndefined();
}

/** So many consumers, one after another, each with time for a pull or two. */
function liveShort(world: OrderedWorld, lives: number): void {
  for (let life = 1; life <= lives; life++) {
    while (world.creates.length < life) world.pass(1);
    world.pass(9);
    world.server.delete();
  }
}

const from = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => first + n);

it("[JS-PUSH-05] all messages come once and in order, from each beginning on, across every reset", () => {
  const policies = fc.constantFrom<DeliverPolicy>("all", { startSeq: 5 }, "new", "last");
  fc.assert(
    fc.property(policies, number(0, 10), number(1, 20), events, (policy, before, capacity, given) => {
      const world = new OrderedWorld(policy, capacity);
      world.server.publish(before);
      world.start().pass(10);
      const first =
        typeof policy === "object"
          ? 5
          : { all: 1, new: before + 1, last: Math.max(1, before) }[policy as "all"];
      live(world, given);
      expect(world.output).toEqual(from(first, world.server.lastSeq));
    }),
    { numRuns: RUNS },
  );
});

it("[JS-PUSH-05] the last messages of each subject come in order, then all that follow", () => {
  fc.assert(
    fc.property(
      fc.array(number(0, 3), { maxLength: 10 }),
      number(1, 20),
      events,
      (subjects, capacity, given) => {
        const world = new OrderedWorld("last-per-subject", capacity);
        for (const subject of subjects) world.server.publish(1, 100, subject);
        const firsts = [...world.server.lastOfSubjects].sort((a, b) => a - b);
        world.start().pass(3);
        live(world, given);
        const { output, server, snapshot } = world;
        expect(output).toEqual([...new Set(output)].sort((a, b) => a - b));
        expect(output.filter((seq) => seq > snapshot)).toEqual(from(snapshot + 1, server.lastSeq));
        if (world.creates.length === 1) expect(output.slice(0, firsts.length)).toEqual(firsts);
        for (const seq of server.lastOfSubjects) expect(output).toContain(seq);
      },
    ),
    { numRuns: RUNS },
  );
});

it("[JS-PUSH-05] where a stream keeps one of each subject, each that stays comes once, in order, and none is left out", () => {
  fc.assert(
    fc.property(
      fc.array(number(0, 3), { maxLength: 10 }),
      number(1, 20),
      events,
      (subjects, capacity, given) => {
        const world = new OrderedWorld("last-per-subject", capacity);
        world.server.keepsOneOfEach = true;
        for (const subject of subjects) world.server.publish(1, 100, subject);
        world.start().pass(3);
        live(world, given);
        const { output, server } = world;
        expect(output).toEqual([...new Set(output)].sort((a, b) => a - b));
        for (const seq of server.lastOfSubjects) expect(output).toContain(seq);
      },
    ),
    { numRuns: RUNS },
  );
});

it("[JS-PUSH-05] the first values of a stream that keeps one of each come at last, however short the consumers live", () => {
  const world = new OrderedWorld("last-per-subject", 3);
  world.server.keepsOneOfEach = true;
  for (let subject = 0; subject < 60; subject++) world.server.publish(1, 100, subject);
  world.start();
  liveShort(world, 30);
  world.pass(20_000);
  expect(world.output).toEqual(from(1, 60));
  expect(world.server.delivered).toBeLessThan(150);
});

it("[JS-PUSH-05] the last messages of each subject come at last, and none before them, however short the consumers live", () => {
  const world = new OrderedWorld("last-per-subject", 3);
  for (let i = 0; i < 120; i++) world.server.publish(1, 100, i % 60);
  world.start();
  liveShort(world, 30);
  world.pass(20_000);
  expect(world.output).toEqual(from(61, 120));
  expect(world.server.delivered).toBeLessThan(150);
});

it("[JS-PUSH-05] consumers are not made in a hot loop", () => {
  fc.assert(
    fc.property(events, (given) => {
      const world = new OrderedWorld("all").start();
      world.refuses = true;
      for (const happen of given) happen(world);
      world.refuses = true;
      const { length } = world.creates;
      world.pass(60_000);
      expect(world.creates.length - length).toBeLessThanOrEqual(14);
    }),
    { numRuns: RUNS },
  );
});

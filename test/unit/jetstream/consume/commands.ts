import * as fc from "fast-check";
import type { PullLimits, PullSettings } from "../../../../src/jetstream/consume/engine/pull-engine-types.ts";
import type { World } from "./world.ts";

/** What can happen to an engine and its server, each with its name and its numbers. */
export type Command =
  | { readonly type: "publish"; readonly count: number; readonly bytes: number }
  | { readonly type: "take"; readonly count: number }
  | { readonly type: "drop"; readonly count: number }
  | { readonly type: "pass"; readonly milliseconds: number }
  | { readonly type: "takesAll"; readonly on: boolean }
  | { readonly type: "disconnect" | "reconnect" }
  | { readonly type: "changeLeader" | "loseLeader" | "shutDown" | "changePin" }
  | { readonly type: "delete" | "create" }
  | { readonly type: "silence" | "loseStatuses"; readonly on: boolean }
  | { readonly type: "limit"; readonly limits: Partial<PullLimits> };

const number = (min: number, max: number) => fc.integer({ min, max });
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model);
const always = <T extends string>(type: T): fc.Arbitrary<T> => fc.constant(type);

/** What goes on every day. */
const usual: fc.Arbitrary<Command>[] = [
  record({ type: always("publish"), count: number(1, 30), bytes: number(10, 200) }),
  record({ type: always("take"), count: number(1, 20) }),
  record({ type: always("pass"), milliseconds: fc.constantFrom(0, 1, 2, 3, 5, 10, 50, 500, 5000, 40_000) }),
  record({ type: always("takesAll"), on: fc.boolean() }),
];

/** What the server tells of. */
const told: fc.Arbitrary<Command>[] = [
  record({ type: fc.constantFrom("changeLeader", "shutDown", "changePin") }),
];

/** What goes wrong without a word. */
const wrong: fc.Arbitrary<Command>[] = [
  record({ type: always("drop"), count: number(1, 5) }),
  record({ type: fc.constantFrom("disconnect", "reconnect", "reconnect") }),
  record({ type: always("loseLeader") }),
  record({ type: fc.constantFrom("silence", "loseStatuses"), on: fc.boolean() }),
];

const limits: fc.Arbitrary<Command> = record({
  type: always("limit"),
  limits: fc.oneof(
    fc.record({ maxBatch: number(1, 20) }),
    fc.record({ maxExpires: number(1000, 20_000) }),
    fc.record({ maxBytes: number(200, 1000) }),
  ),
});

const gone: fc.Arbitrary<Command> = record({ type: fc.constantFrom("delete", "create", "create") });

const many = (commands: fc.Arbitrary<Command>[]): fc.Arbitrary<Command[]> =>
  fc.array(fc.oneof(...usual, ...commands), { minLength: 1, maxLength: 40 });

export const quietLife = many([]);
export const toldLife = many(told);
export const hardLife = many([...told, ...wrong, limits]);
export const wildLife = many([...told, ...wrong, limits, gone]);

export const settings: fc.Arbitrary<Partial<PullSettings>> = fc.record(
  {
    capacity: number(1, 20),
    capacityBytes: fc.constantFrom(Infinity, Infinity, 400, 1000),
    threshold: fc.constantFrom(0.1, 0.5, 0.75, 1),
    random: fc.constantFrom(...[0, 0.5, 0.999].map((value) => () => value)),
  },
  { requiredKeys: ["capacity", "random"] },
);

type Runs = {
  readonly [T in Command["type"]]: (world: World, command: Extract<Command, { readonly type: T }>) => void;
};

const RUNS: Runs = {
  publish: ({ server }, { count, bytes }) => server.publish(count, bytes),
  take: (world, { count }) => world.take(count),
  drop: (world, { count }) => world.drop(count),
  pass: (world, { milliseconds }) => world.pass(milliseconds),
  takesAll: (world, { on }) => (world.takes = on),
  silence: ({ server }, { on }) => (server.isSilent = on),
  loseStatuses: ({ server }, { on }) => (server.losesStatuses = on),
  limit: ({ server }, { limits }) => server.limit(limits),
  disconnect: (world) => world.disconnect(),
  reconnect: (world) => world.reconnect(),
  changeLeader: ({ server }) => server.changeLeader(),
  loseLeader: ({ server }) => server.loseLeader(),
  shutDown: ({ server }) => server.shutDown(),
  changePin: ({ server }) => server.changePin(),
  delete: ({ server }) => server.delete(),
  create: ({ server }) => server.create(),
};

export function run(world: World, command: Command): void {
  (RUNS[command.type] as (world: World, command: Command) => void)(world, command);
}

import { parseArgs } from "node:util";

export interface RunOptions {
  readonly seconds: number;
  readonly seed: number;
  readonly quiet: boolean;
  /** Over streams of three replicas in place of core NATS. */
  readonly jetstream: boolean;
}

export const USAGE = `usage: npm run chaos -- [--seconds <length>] [--seed <number>] [--jetstream] [--quiet]
  --seconds  how long faults happen; what comes before and after takes some 15 s more (default 120)
  --seed     repeats the schedule and the choices of an earlier run (default: a new one)
  --jetstream  over streams of three replicas: publishes, workers, an ordered reader
  --quiet    prints what broke and the result, and nothing else
`;

/** Throws if they make no sense. */
export function readRunOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: "string" },
      seed: { type: "string" },
      quiet: { type: "boolean" },
      jetstream: { type: "boolean" },
    },
  });
  const seconds = Number(values.seconds ?? 120);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!(seconds >= 5) || !Number.isFinite(seconds)) throw new RangeError("--seconds must be 5 or more");
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError("--seed must be a whole number");
  return { seconds, seed, quiet: values.quiet ?? false, jetstream: values.jetstream ?? false };
}

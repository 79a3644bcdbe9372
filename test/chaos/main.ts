/** The chaos run: see README.md here. Started by `npm run chaos`, which builds it. */
import { JetStreamRun } from "./jetstream/run.ts";
import { Run } from "./run.ts";
import { readRunOptions, type RunOptions, USAGE } from "./run-options.ts";

const INTERRUPTED = 130;

const options = readOptions();
if (options !== undefined) await main(options);

function readOptions(): RunOptions | undefined {
  try {
    return readRunOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

async function main(options: RunOptions): Promise<void> {
  const { seconds, seed, quiet } = options;
  const startedAt = performance.now();
  const warn = (line: string): void => {
    process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(2).padStart(7)} s  ${line}\n`);
  };
  const tell = quiet ? (): void => {} : warn;
  const stop = new AbortController();
  const Kind = options.jetstream ? JetStreamRun : Run;
  const run = new Kind(options, tell, warn, stop.signal);
  let interrupted = false;
  const onSignal = (): void => {
    interrupted = true;
    stop.abort();
  };
  const onUnhandled = (error: unknown): void => {
    const text = error instanceof Error ? error.stack : String(error);
    run.invariants.broken("no unhandled error", text ?? "");
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  process.on("unhandledRejection", onUnhandled).on("uncaughtException", onUnhandled);
  await run.run().catch(onUnhandled);
  process.off("SIGINT", onSignal).off("SIGTERM", onSignal);

  if (interrupted) {
    process.stdout.write("chaos: interrupted, everything is stopped\n");
    process.exitCode = INTERRUPTED;
    return;
  }
  if (!quiet && run.report !== undefined) process.stdout.write(`\n${run.report}\n\n`);
  const broken = [...run.invariants.breaches];
  const facts = `(seed ${seed}, ${seconds} s, ${run.faults} faults)`;
  if (broken.length === 0) {
    process.stdout.write(`chaos: all invariants held ${facts}\n`);
    return;
  }
  const list = broken.map(([invariant, count]) => `${invariant} (${count})`).join(", ");
  process.stdout.write(`chaos: broken ${facts}: ${list}\n`);
  process.stdout.write(
    `chaos: again with: npm run chaos -- ${options.jetstream ? "--jetstream " : ""}--seconds ${seconds} --seed ${seed}\n`,
  );
  process.exitCode = 1;
}

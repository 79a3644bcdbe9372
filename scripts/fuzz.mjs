// npm run fuzz: random and spoilt streams, for the in-process server alone and side by side with nats-server.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { findServer } from "./nats-server.mjs";
import { installDependencies, root } from "./setup.mjs";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    streams: { type: "string", default: "20000" },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (!/^\d{1,9}$/.test(value)) {
    console.error(`--${name} must be a number, not "${value}"`);
    process.exit(2);
  }
}

installDependencies();
const server = await findServer({ log: (/** @type {string} */ line) => console.log(line) });
console.log(
  `${values.streams} streams a test; again with: npm run fuzz -- --seed ${values.seed} --streams ${values.streams}`,
);
const { status } = spawnSync(
  process.execPath,
  [`${root}node_modules/vitest/vitest.mjs`, "run", "--project=default", "--test-timeout=0", "test/fuzz"],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      NATS_SERVER: server.path,
      NATSPEED_FUZZ_SEED: values.seed,
      NATSPEED_FUZZ_STREAMS: values.streams,
    },
  },
);
process.exitCode = status ?? 1;

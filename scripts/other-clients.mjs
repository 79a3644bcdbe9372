// npm run other-clients: nats.js and nats.go run their own scenarios against the in-process server, and nats.js shares streams
// of a nats-server with natspeed.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startServer as startNatsServer } from "./nats-server.mjs";
import { build, installDependencies, needsShell, root } from "./setup.mjs";

/** @import { NatsServer } from "../dist/server/index.js" */

const SCENARIOS = ["pubsub", "queue", "request", "headers", "drain", "reconnect", "credentials"];
/** Milliseconds; far more than any of them takes. */
const LIMIT = 60_000;

const folder = join(root, "test/other-clients");
installDependencies();
build();

const counts = { passed: 0, failed: 0, "not run": 0 };
for (const { name, command, why } of [natsJs(), natsGo()]) {
  if (command !== undefined) await runAll(name, command);
  else {
    counts["not run"]++;
    console.log(`NOT RUN  ${name}: ${why}`);
  }
}
await shareStreams();
const notRun = counts["not run"] === 0 ? "" : `, ${counts["not run"]} clients not run`;
console.log(`${counts.passed} passed, ${counts.failed} failed${notRun}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** @returns {{ name: string, command?: string[], why?: string }} */
function natsJs() {
  if (!existsSync(join(folder, "node_modules"))) {
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: "inherit",
      shell: needsShell("npm"),
    });
    if (status !== 0) return { name: "nats.js", why: "it can't be installed" };
  }
  return { name: "nats.js", command: [process.execPath, join(folder, "nats-js.mjs")] };
}

/** The in-process server has no JetStream. */
async function shareStreams() {
  const name = "nats.js and natspeed: shared streams";
  const server = await startNatsServer({ jetstream: true, log: console.log }).catch(
    (/** @type {Error} */ error) => error,
  );
  if (server instanceof Error || !existsSync(join(folder, "node_modules"))) {
    counts["not run"]++;
    console.log(`NOT RUN  ${name}`);
    return;
  }
  try {
    const failure = await runScenario(undefined, [
      process.execPath,
      join(folder, "shared-streams.mjs"),
      server.url,
    ]);
    counts[failure === undefined ? "passed" : "failed"]++;
    console.log(failure === undefined ? `ok  ${name}` : `FAILED  ${name}\n${failure}`);
  } finally {
    await server.stop();
  }
}

/** @returns {{ name: string, command?: string[], why?: string }} */
function natsGo() {
  const program = join(root, ".cache/nats-go-client");
  mkdirSync(join(root, ".cache"), { recursive: true });
  const { error, status, stderr } = spawnSync("go", ["build", "-o", program, "."], {
    cwd: join(folder, "nats-go"),
    encoding: "utf8",
  });
  if (error !== undefined) return { name: "nats.go", why: "Go is not installed" };
  return status === 0 ? { name: "nats.go", command: [program] } : { name: "nats.go", why: stderr.trim() };
}

/** @param {string} name @param {string[]} command */
async function runAll(name, command) {
  for (const scenario of SCENARIOS) {
    const failure = await withServer(scenario, (server, credentials) =>
      runScenario(server, [...command, scenario, server.url, credentials]),
    );
    counts[failure === undefined ? "passed" : "failed"]++;
    console.log(
      failure === undefined ? `ok  ${name}: ${scenario}` : `FAILED  ${name}: ${scenario}\n${failure}`,
    );
  }
}

/**
 * @template T
 * @param {string} scenario
 * @param {(server: NatsServer, credentials: string) => Promise<T>} body
 */
async function withServer(scenario, body) {
  const { startServer } = await import("../dist/server/index.js");
  const place = mkdtempSync(join(tmpdir(), "natspeed-clients-"));
  const credentials = join(place, "user.creds");
  const operator = scenario === "credentials" ? await makeOperator(credentials) : undefined;
  const server = await startServer(operator === undefined ? {} : { operator });
  try {
    return await body(server, credentials);
  } finally {
    await server.stop();
    rmSync(place, { recursive: true });
  }
}

/** An operator with one account, and a user's credentials file. @param {string} credentials */
async function makeOperator(credentials) {
  const { encodeAccount, encodeOperator, encodeUser, fmtCreds } = await import("@nats-io/jwt");
  const { createAccount, createOperator, createUser } = await import("@nats-io/nkeys");
  const keys = { operator: createOperator(), account: createAccount(), user: createUser() };
  const operator = await encodeOperator("O", keys.operator);
  // What a JWT leaves out is 0.
  const limits = { subs: -1, data: -1, payload: -1 };
  const accountLimits = { ...limits, conn: -1, leaf: -1, imports: -1, exports: -1, wildcards: true };
  const account = await encodeAccount(
    "A",
    keys.account,
    { limits: accountLimits },
    { signer: keys.operator },
  );
  const user = await encodeUser("U", keys.user, keys.account, limits);
  writeFileSync(credentials, fmtCreds(user, keys.user));
  return { operator, accounts: [account] };
}

/**
 * What went wrong; undefined if nothing did.
 *
 * @param {NatsServer | undefined} server
 * @param {string[]} command
 * @returns {Promise<string | undefined>}
 */
function runScenario(server, [program = "", ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (/** @type {string} */ text) => (errors += text));
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "restart") void server?.restart({ downtime: 200 }).then(() => child.stdin.write("\n"));
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : errors.trim() || `it ended with ${code ?? signal}`);
    });
  });
}

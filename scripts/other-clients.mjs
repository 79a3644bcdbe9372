// npm run other-clients: nats.js and nats.go run their own scenarios against the in-process server. On a nats-server with JetStream
// they and the official command line share buckets, objects, services and streams with natspeed, in both directions.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startServer as startNatsServer } from "./nats-server.mjs";
import { build, installDependencies, needsShell, root } from "./setup.mjs";

/** @import { NatsServer } from "../dist/server/index.js" */

const SCENARIOS = ["pubsub", "queue", "request", "headers", "drain", "reconnect", "credentials"];
/** What each shares with natspeed on a nats-server: test/other-clients/shared. */
const SHARED = {
  clients: ["entries", "markers", "timeToLive", "watching", "objects", "discovery", "sharing", "oneDurable"],
  commandLine: ["entriesByHand", "objectsByHand", "servicesByHand"],
};
/** The official command line, for Go to build where there is none: NATS_CLI names another. */
const CLI = "github.com/nats-io/natscli/nats@v0.5.1";
/** Milliseconds; far more than any of them takes. */
const LIMIT = 60_000;

const folder = join(root, "test/other-clients");
installDependencies();
build();

const counts = { passed: 0, failed: 0, "not run": 0 };
const clients = { "nats.js": natsJs(), "nats.go": natsGo(), nats: commandLine() };
for (const [name, { command, why }] of Object.entries(clients)) {
  if (command === undefined) {
    counts["not run"]++;
    console.log(`NOT RUN  ${name}: ${why}`);
    continue;
  }
  if (name !== "nats") await runAll(name, command);
  await shareAll(name, name === "nats" ? SHARED.commandLine : SHARED.clients, command.at(-1) ?? "");
}
const notRun = counts["not run"] === 0 ? "" : `, ${counts["not run"]} clients not run`;
console.log(`${counts.passed} passed, ${counts.failed} failed${notRun}`);
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0;

/** @typedef {{ command?: string[], why?: string }} OtherClient */

/** @returns {OtherClient} */
function natsJs() {
  if (!existsSync(join(folder, "node_modules"))) {
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: folder,
      stdio: "inherit",
      shell: needsShell("npm"),
    });
    if (status !== 0) return { why: "it can't be installed" };
  }
  return { command: [process.execPath, join(folder, "nats-js.mjs")] };
}

/** The in-process server has no JetStream: each scenario has a nats-server. @param {string} name @param {string[]} scenarios @param {string} program */
async function shareAll(name, scenarios, program) {
  if (!existsSync(join(folder, "node_modules"))) return;
  for (const scenario of scenarios) {
    const server = await startNatsServer({ jetstream: true, log: console.log });
    try {
      tell(
        `${name} and natspeed: ${scenario}`,
        await runScenario(undefined, [
          process.execPath,
          join(folder, "shared.mjs"),
          scenario,
          name,
          server.url,
          program,
        ]),
      );
    } finally {
      await server.stop();
    }
  }
}

/** @param {string} what @param {string | undefined} failure */
function tell(what, failure) {
  counts[failure === undefined ? "passed" : "failed"]++;
  console.log(failure === undefined ? `ok  ${what}` : `FAILED  ${what}\n${failure}`);
}

/** @returns {OtherClient} */
function natsGo() {
  const program = join(root, ".cache/nats-go-client");
  mkdirSync(join(root, ".cache"), { recursive: true });
  const { error, status, stderr } = spawnSync("go", ["build", "-o", program, "."], {
    cwd: join(folder, "nats-go"),
    encoding: "utf8",
  });
  if (error !== undefined) return { why: "Go is not installed" };
  return status === 0 ? { command: [program] } : { why: stderr.trim() };
}

/** @returns {OtherClient} */
function commandLine() {
  const place = join(root, ".cache/nats-cli");
  const candidates = [process.env["NATS_CLI"], "nats", join(place, "nats")];
  const found = () =>
    candidates.find((one) => one !== undefined && spawnSync(one, ["--version"]).status === 0);
  const existing = found();
  if (existing !== undefined) return { command: [existing] };
  const env = { ...process.env, GOBIN: place };
  const { error, stderr } = spawnSync("go", ["install", CLI], { env, encoding: "utf8" });
  const built = found();
  if (built !== undefined) return { command: [built] };
  return { why: error === undefined ? `it can't be built: ${stderr.trim()}` : "Go is not installed" };
}

/** @param {string} name @param {string[]} command */
async function runAll(name, command) {
  for (const scenario of SCENARIOS) {
    const failure = await withServer(scenario, (server, credentials) =>
      runScenario(server, [...command, scenario, server.url, credentials]),
    );
    tell(`${name}: ${scenario}`, failure);
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

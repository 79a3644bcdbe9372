import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defaultExclude, defineConfig } from "vitest/config";

/** Tests that say the same whichever server is there and however it is reached. */
const ONCE = {
  "no client at all, but the tools of the tests": ["find-server", "nats-server", "support"],
  "options and arguments, which are refused before anything is dialled": ["bad-arguments", "wrong-calls"],
  "some hundred thousand messages, requests and subscriptions": ["endurance"],
  "what a subscription does with messages that have come": [
    "batches",
    "callback",
    "dispose",
    "drain-within",
    "first-message",
    "next",
    "readable",
    "slow-consumer",
    "unread",
  ],
  "what a connection shows and tells of itself": [
    "caller-stack",
    "events",
    "forward",
    "inspect",
    "plain-headers",
    "shared-signal",
    "url-secrets",
    "warnings",
    "watching",
  ],
  "when which server is tried again": ["reconnect-rules"],
};

/** Integration tests that say nothing of a connection over WebSocket, each with what it needs instead. */
const NOT_OVER_WEBSOCKET = {
  ...ONCE,
  "a peer of its own, which speaks TCP or TLS": ["lost-link"],
  "when TLS begins on a connection that is no WebSocket, and who asks for it": ["tls", "transport-tls"],
  "how credentials are found, read and signed: CONNECT has the same bytes": ["auth-jwt", "auth-nkeys"],
};

/** Integration tests that say nothing of the in-process server. */
const NOT_IN_PROCESS = {
  ...ONCE,
  "peers and networks of the test's own": [
    "bad-peer",
    "lost-link",
    "move-draining",
    "secrets",
    "server-choice",
    "server-list",
    "server-words",
  ],
  "which certificates a client takes and shows, of any server": ["tls-outages", "tls-refused"],
  "a way that splits and garbles: `fuzz/` does this to the in-process server": ["spoilt-way"],
  "what a client does while nobody reads, or while it has no link": [
    "backpressure",
    "ready-loop",
    "request-sent",
    "unruly-transports",
    "while-disconnected",
  ],
};

/**
 * Integration tests that run once more in memory, as applications' own tests do: what passes between client and server, and
 * how a link ends.
 */
const IN_MEMORY = ["delivery", "forward", "iterator", "leaving", "max", "request-many", "while-disconnected"];

/** What a second run on another Node can't find: what has no code of ours in it, or what its own Node doesn't change. */
const SAME_ON_EVERY_NODE = [
  "test/conformance/**",
  "test/fuzz/**",
  "test/package/**",
  "test/integration/endurance.test.ts",
];

const root = fileURLToPath(new URL(".", import.meta.url));

/** The modules of the package as it is built. */
const BUILT = new RegExp(`^${root.replaceAll("\\", "/").replaceAll(/[.*+?^$(){}|[\]]/g, "\\$&")}dist/`);

/** The whole suite has run on the Node that is installed; this is the newest. */
const isSecondRun = process.env["NATSPEED_TEST_RUN"] === "second";

function filesOf(groups: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.values(groups)
    .flat()
    .map((name) => `test/integration/${name}.test.ts`);
}

export default defineConfig({
  test: {
    // Servers are killed and restarted: that takes its time on a busy machine, and no test asserts how long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A rejection that nobody holds is a defect of the library, whichever test it happens in.
    dangerouslyIgnoreUnhandledErrors: false,
    // Most of a test's time is waiting for a server.
    maxWorkers: 3 * availableParallelism(),
    pool: "forks",
    // A process for each file took a third of a run's time. What a test changes of its process it puts back.
    isolate: false,
    unstubEnvs: true,
    unstubGlobals: true,
    // Compiling the same modules for each process took a third of a run's time.
    experimental: { fsModuleCache: true },
    // The package as it is built is loaded by Node itself, as whoever installs it has it.
    server: { deps: { external: [BUILT] } },
    projects: [
      {
        extends: true,
        test: {
          name: "default",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...(isSecondRun ? SAME_ON_EVERY_NODE : [])],
        },
      },
      {
        extends: true,
        test: {
          name: "websocket",
          include: ["test/integration/**/*.test.ts"],
          exclude: [...defaultExclude, ...filesOf(NOT_OVER_WEBSOCKET)],
          env: { NATSPEED_TEST_TRANSPORT: "ws" },
          setupFiles: ["test/integration/over-web-socket.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "in-process",
          include: ["test/integration/**/*.test.ts"],
          exclude: [...defaultExclude, ...filesOf(NOT_IN_PROCESS)],
          globalSetup: ["test/in-process/bundle.ts"],
          env: {
            NATSPEED_TEST_SERVER: "in-process",
            NATS_SERVER: `${root}.cache/in-process/nats-server.mjs`,
          },
        },
      },
      {
        extends: true,
        resolve: {
          alias: [
            { find: /^\.\/transport\/tcp\.ts$/, replacement: `${root}test/in-process/dial-in-memory.ts` },
          ],
        },
        test: {
          name: "memory",
          include: filesOf({ "": IN_MEMORY }),
          env: { NATSPEED_TEST_SERVER: "in-memory" },
        },
      },
    ],
  },
  // Each by its whole name: "natspeed" is the beginning of the others.
  resolve: {
    alias: [
      { find: /^natspeed$/, replacement: `${root}src/index.ts` },
      { find: /^natspeed\/(jetstream|kv|object-store|services)$/, replacement: `${root}src/$1/index.ts` },
    ],
  },
});

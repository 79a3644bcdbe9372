import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defaultExclude, defineConfig } from "vitest/config";

/** Tests that say the same whichever server is there and however it is reached. */
const ONCE = {
  "no client at all, but the tools of the tests": ["find-server", "nats-server", "support"],
  "options and arguments, which are refused before anything is dialled": ["bad-arguments"],
  "some hundred thousand messages, requests and subscriptions": ["endurance"],
};

/** Integration tests that say nothing of a connection over WebSocket, each with what it needs instead. */
const NOT_OVER_WEBSOCKET = {
  ...ONCE,
  "a peer of its own, which speaks TCP or TLS": ["lost-link"],
  "when TLS begins on a connection that is no WebSocket, and who asks for it": ["tls", "transport-tls"],
};

/** Integration tests that say nothing of the in-process server. */
const NOT_IN_PROCESS = {
  ...ONCE,
  "peers and networks of the test's own": ["bad-peer", "secrets", "server-choice"],
};

const root = fileURLToPath(new URL(".", import.meta.url));
const unit = ["test/unit/**/*.test.ts"];

/** A whole run spares unit tests the processes of their own, which they don't need; a run of some files is easier to read. */
const isWhole = process.env["NATSPEED_TEST_WHOLE"] === "true";

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
    // Compiling the same modules for each process took a third of a run's time.
    experimental: { fsModuleCache: true },
    projects: [
      ...(isWhole ? [{ extends: true as const, test: { name: "unit", include: unit, isolate: false } }] : []),
      {
        extends: true,
        test: {
          name: "default",
          include: ["test/**/*.test.ts"],
          exclude: [...defaultExclude, ...(isWhole ? unit : [])],
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
          env: {
            NATSPEED_TEST_SERVER: "in-process",
            NATS_SERVER: `${root}test/in-process/nats-server.mjs`,
          },
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

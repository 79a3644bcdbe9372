import { defaultExclude, defineConfig } from "vitest/config";

/** Integration tests that say nothing of a connection over WebSocket, each with what it needs instead. */
const NOT_OVER_WEBSOCKET = {
  "no client at all, but the tools of the tests": ["find-server", "nats-server", "support"],
  "a peer of its own, which speaks TCP or TLS": ["lost-link"],
  "when TLS begins on a connection that is no WebSocket, and who asks for it": ["tls", "transport-tls"],
};

/** Integration tests that say nothing of the in-process server. */
const NOT_IN_PROCESS = {
  "no client at all, but the tools of the tests": ["find-server", "nats-server", "support"],
};

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
    // Two cores: more files at once only make every server and every deadline slower.
    maxWorkers: 2,
    pool: "forks",
    projects: [
      { extends: true, test: { name: "default", include: ["test/**/*.test.ts"] } },
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
            NATS_SERVER: new URL("./test/in-process/nats-server.mjs", import.meta.url).pathname,
          },
        },
      },
    ],
  },
  resolve: { alias: { natspeed: new URL("./src/index.ts", import.meta.url).pathname } },
});

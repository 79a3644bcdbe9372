import { defaultExclude, defineConfig } from "vitest/config";

/** Integration tests that say nothing of a connection over WebSocket, each with what it needs instead. */
const NOT_OVER_WEBSOCKET = {
  "no client at all, but the tools of the tests": ["find-server", "nats-server", "support"],
  "TLS that begins after INFO, or before it, on a connection that is no WebSocket": [
    "tls",
    "tls-outages",
    "tls-refused",
    "tls-traffic",
    "transport-tls",
  ],
};

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
          exclude: [
            ...defaultExclude,
            ...Object.values(NOT_OVER_WEBSOCKET)
              .flat()
              .map((name) => `test/integration/${name}.test.ts`),
          ],
          env: { NATSPEED_TEST_TRANSPORT: "ws" },
          setupFiles: ["test/integration/over-web-socket.ts"],
        },
      },
    ],
  },
  resolve: { alias: { natspeed: new URL("./src/index.ts", import.meta.url).pathname } },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Servers are killed and restarted: that takes its time on a busy machine, and no test asserts how long.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // A rejection that nobody holds is a defect of the library, whichever test it happens in.
    dangerouslyIgnoreUnhandledErrors: false,
    // Two cores: more files at once only make every server and every deadline slower.
    maxWorkers: 2,
    pool: "forks",
  },
  resolve: { alias: { natspeed: new URL("./src/index.ts", import.meta.url).pathname } },
});

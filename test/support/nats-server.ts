import { afterAll, beforeAll } from "vitest";
import { startCluster, startServer, versionAtLeast } from "../../scripts/nats-server.mjs";
import type {
  ClusterOptions,
  RunningCluster,
  RunningServer,
  StartOptions,
} from "../../scripts/nats-server.mjs";

export type { ClusterOptions, RunningCluster, RunningServer, StartOptions };

/** Getting a server may mean building one. */
const FIND_LIMIT = 900_000;

export interface ServerAccess {
  readonly url: string;
  readonly server: RunningServer;
}

/** One real server for the tests of this file or `describe` block. */
export function useServer(options: StartOptions = {}): ServerAccess {
  let server: RunningServer | undefined;
  beforeAll(async () => {
    server = await startServer({ log, ...options });
  }, FIND_LIMIT);
  afterAll(() => server?.stop());

  const started = (): RunningServer => {
    if (server === undefined) throw new Error("the server starts in beforeAll(): not before a test");
    return server;
  };
  return {
    get url() {
      return started().url;
    },
    get server() {
      return started();
    },
  };
}

/** A real server for the time that `body` takes. */
export async function withServer<T>(
  options: StartOptions,
  body: (server: RunningServer) => Promise<T> | T,
): Promise<T> {
  const server = await startServer({ log, ...options });
  try {
    return await body(server);
  } finally {
    await server.stop();
  }
}

/** A real cluster for the time that `body` takes. */
export async function withCluster<T>(
  size: number,
  options: ClusterOptions,
  body: (cluster: RunningCluster) => Promise<T> | T,
): Promise<T> {
  const cluster = await startCluster(size, { log, ...options });
  try {
    return await body(cluster);
  } finally {
    await cluster.stop();
  }
}

/** For tests that need more than the server at hand: `ctx.skip(!serverVersionAtLeast(...), "...")`. */
export function serverVersionAtLeast(version: string, wanted: string): boolean {
  return versionAtLeast(version, wanted);
}

/** Shown because getting a server may take a minute. */
function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

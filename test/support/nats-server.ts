import { afterAll, beforeAll, describe, test } from "vitest";
import {
  startCluster as launchCluster,
  startServer as launchServer,
  versionAtLeast,
} from "../../scripts/nats-server.mjs";
import { refusedUrl as refusedTcpUrl } from "./refused-port.ts";
import type {
  ClusterOptions,
  RunningCluster,
  RunningServer,
  StartOptions,
} from "../../scripts/nats-server.mjs";

export type { ClusterOptions, RunningCluster, RunningServer, StartOptions };

/** The vitest project `websocket` runs the integration tests once more, over WebSocket. */
const OVER_WEBSOCKET = process.env["NATSPEED_TEST_TRANSPORT"] === "ws";

/** The scheme of all servers, proxies and scripted peers of this run. */
export const SCHEME = OVER_WEBSOCKET ? "ws" : "nats";

/** The scheme of the same with TLS. */
export const SECURE_SCHEME = OVER_WEBSOCKET ? "wss" : "tls";

/** The schemes by which a server with TLS is reached: over TCP TLS may come after INFO, or be asked for by the URL. */
export const TLS_SCHEMES = OVER_WEBSOCKET ? (["wss"] as const) : (["nats", "tls"] as const);

/** How TLS may begin: after INFO, or with the first byte; over WebSocket there is nothing to choose. */
export const TLS_BEGINNINGS = OVER_WEBSOCKET
  ? ([["before the upgrade to a WebSocket", false]] as const)
  : ([
      ["an upgrade", false],
      ["TLS from the first byte on", true],
    ] as const);

/** How this run's client is told to connect to `port`, which may be a server's or that of a proxy before one. */
export function urlOf(port: number, host = "127.0.0.1"): string {
  return `${SCHEME}://${host}:${port}`;
}

/** What a connection over WebSocket has not, for {@link needs}. */
const NOT_OVER_WEBSOCKET = {
  "NATS bytes at a proxy": "they are within frames, masked on the way to the server",
  "a dialler or listener for TCP": "the test brings its own, which know nothing of frames",
  "TLS after INFO": "it is wss:// instead, before any byte of NATS",
  "a peer that holds the client up": "what takes the frames goes on reading when the peer behind it does not",
  "a default scheme": "without one it is nats://, which can't be mixed with ws://",
};

/** The vitest project `memory` runs some of the integration tests against a server within their own process, without sockets. */
const IN_MEMORY = process.env["NATSPEED_TEST_SERVER"] === "in-memory";

/** The vitest project `in-process` runs the integration tests once more, against the server of `natspeed/server`. */
const IN_PROCESS = IN_MEMORY || process.env["NATSPEED_TEST_SERVER"] === "in-process";

/** What the in-process server has not, for {@link needs}. */
const NOT_IN_PROCESS = {
  "a cluster": "it is one server",
  "a configuration that is read again": "its options are read once",
  "an alert about a client's certificate":
    "Node's TLS judges it after the handshake, and then only closes the connection",
  "what a server tells its system account": "it answers no requests there",
};

/** What a server within the process of the tests has not, for {@link needs}. */
const NOT_IN_MEMORY = {
  "a server that can be frozen": "it would freeze the test, too",
};

type Capability = keyof typeof NOT_OVER_WEBSOCKET | keyof typeof NOT_IN_PROCESS | keyof typeof NOT_IN_MEMORY;

type Register = typeof test;

/**
 * `test` for what needs more than a connection to a server of any kind; where that is not to be had it is skipped, and
 * its title says why.
 */
export function needs(...what: readonly Capability[]): Register {
  const reason = reasonAgainst(what);
  if (reason === undefined) return test;
  const skip = (name: string, body: () => void): void => test.skip(name + reason, body);
  const each =
    (cases: readonly unknown[]) =>
    (name: string, body: () => void): void =>
      test.skip.each(cases)(name + reason, body);
  return Object.assign(skip, { each, runIf: () => skip }) as unknown as Register;
}

/** As {@link needs}, for all tests of a group. */
export function groupNeeds(...what: readonly Capability[]): (name: string, body: () => void) => void {
  const reason = reasonAgainst(what);
  if (reason === undefined) return describe;
  return (name, body) => describe.skip(name + reason, body);
}

/** Why there is nothing like it here, for a title; undefined if there is all. */
function reasonAgainst(what: readonly Capability[]): string | undefined {
  const reasons: Partial<Record<Capability, string>> = {
    ...(OVER_WEBSOCKET ? NOT_OVER_WEBSOCKET : {}),
    ...(IN_PROCESS ? NOT_IN_PROCESS : {}),
    ...(IN_MEMORY ? NOT_IN_MEMORY : {}),
  };
  const missing = what.find((one) => reasons[one] !== undefined);
  return missing === undefined ? undefined : ` (not here, it needs ${missing}: ${reasons[missing]})`;
}

/** The URL of a server that refuses connections. */
export async function refusedUrl(): Promise<string> {
  return (await refusedTcpUrl()).replace("nats", SCHEME);
}

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

/** A real server that the test stops itself. `port` and `url` are those of the transport of this run. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  if (IN_MEMORY) return await (await import("../in-process/memory-server.ts")).startInMemory(options);
  if (!OVER_WEBSOCKET) return await launchServer(options);
  const { port = -1, config = "", ...others } = options;
  return overWebSocket(await launchServer({ ...others, config: withWebSocket(config, port) }), config);
}

async function startCluster(size: number, options: ClusterOptions): Promise<RunningCluster> {
  if (!OVER_WEBSOCKET) return await launchCluster(size, options);
  const { config = "", ...others } = options;
  const cluster = await launchCluster(size, { ...others, config: withWebSocket(config, -1) });
  for (const server of cluster.servers) overWebSocket(server, config);
  return cluster;
}

function withWebSocket(config: string, port: number): string {
  return `websocket { host: "127.0.0.1", port: ${port}, ${tlsOf(config) ?? "no_tls: true"} }\n${config}\n`;
}

/** The `tls` block of a configuration that begins with one; the two listeners then want the same. */
function tlsOf(config: string): string | undefined {
  return /^tls \{.*\}$/m.exec(config)?.[0];
}

/** Shows a server's WebSocket listener in place of the one for TCP, which stays, and keeps its port over restarts. */
function overWebSocket(server: RunningServer, config: string): RunningServer {
  const port = Number(new URL(server.ports.websocket![0]!).port);
  const scheme = tlsOf(config) === undefined ? SCHEME : SECURE_SCHEME;
  const restart = server.restart.bind(server);
  const reload = server.reload.bind(server);
  return Object.defineProperties(server, {
    port: { value: port },
    url: { value: `${scheme}://127.0.0.1:${port}` },
    restart: {
      value: async (changes: { config?: string } = {}) => {
        config = changes.config ?? config;
        await restart({ config: withWebSocket(config, port) });
      },
    },
    reload: {
      value: async (changed: string) => {
        config = changed;
        await reload(withWebSocket(config, port));
      },
    },
  });
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

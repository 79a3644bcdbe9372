import { freePorts } from "./free-port.mjs";
import { canPlaceStreams } from "./jetstream-ready.mjs";
import { startServer } from "./launch.mjs";
import { programFor } from "./program.mjs";
import { poll } from "./ready.mjs";

/** @import { RunningServer, StartOptions } from "./launch.mjs" */

const FORM_LIMIT = 60_000;
const ATTEMPTS = 5;

/**
 * `config` and `args` go to every server; `name` is the name of the cluster, and the servers are
 * called `<name>-1`, `<name>-2` ...
 *
 * @typedef {Pick<StartOptions, "path" | "config" | "args" | "jetstream" | "name" | "log">} ClusterOptions
 */

/** @typedef {Awaited<ReturnType<typeof startCluster>>} RunningCluster */

/**
 * Starts servers that know each other through routes; resolves when each has a route to all the
 * others and, with JetStream, when they have elected a leader and can place streams.
 *
 * @param {number} [size]
 * @param {ClusterOptions} [options]
 */
export async function startCluster(size = 3, options = {}) {
  if (size < 2) throw new RangeError(`a cluster has two servers at least, not ${size}`);
  const path = options.path ?? (await programFor(options.log));
  const servers = await startMembers(size, { ...options, path });
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    await Promise.all(servers.map((server) => hasJoined(server, size, options)));
    if (options.jetstream === true) await placesStreams(servers);
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers, stop, [Symbol.asyncDispose]: stop };
}

/**
 * All routes have to be in the configuration from the start, for JetStream counts them, so the
 * ports cannot be left to the servers; another set is tried when one of them was taken meanwhile.
 *
 * @param {number} size
 * @param {ClusterOptions} options
 * @returns {Promise<RunningServer[]>}
 */
async function startMembers(size, options) {
  for (let attempt = 1; ; attempt++) {
    const routePorts = await freePorts(size);
    const results = await Promise.allSettled(
      routePorts.map((_, index) => startServer(memberOptions(routePorts, index, options))),
    );
    const servers = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const failure = results.find((result) => result.status === "rejected");
    if (failure === undefined) return servers;
    await Promise.all(servers.map((server) => server.stop()));
    const taken = /address already in use/.test(String(failure.reason));
    if (!taken || attempt === ATTEMPTS) throw failure.reason;
  }
}

/**
 * @param {number[]} routePorts
 * @param {number} index
 * @param {ClusterOptions} options
 * @returns {StartOptions}
 */
function memberOptions(routePorts, index, { name = "cluster", config = "", ...options }) {
  const routes = routePorts.filter((_, other) => other !== index);
  const cluster = [
    "cluster {",
    `  name: ${JSON.stringify(name)}`,
    `  listen: "127.0.0.1:${routePorts[index]}"`,
    `  routes: [${routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ")}]`,
    "}",
  ];
  return { ...options, name: `${name}-${index + 1}`, config: `${cluster.join("\n")}\n${config}\n` };
}

/**
 * @param {RunningServer} server
 * @param {number} size
 * @param {ClusterOptions} options
 */
async function hasJoined(server, size, { jetstream = false }) {
  const limits = { deadline: Date.now() + FORM_LIMIT, check: () => checkRunning(server) };
  await poll(async () => ((await countPeers(server)) === size - 1 ? true : undefined), limits);
  if (!jetstream) return;
  await poll(async () => {
    const { meta_cluster: meta } = await server.monitor("/jsz");
    return meta?.leader && meta.cluster_size === size ? true : undefined;
  }, limits);
}

/** @param {RunningServer[]} servers */
async function placesStreams(servers) {
  const [server] = servers;
  if (server === undefined) return;
  await poll(async () => ((await canPlaceStreams(server, servers.length)) ? true : undefined), {
    deadline: Date.now() + FORM_LIMIT,
    check: () => checkRunning(server),
  });
}

/** @param {RunningServer} server */
function checkRunning(server) {
  if (!server.running) throw new Error(`a server of the cluster ended:\n${server.output()}`);
}

/**
 * Servers with a route to this one: since 2.10 there are several routes between two servers.
 *
 * @param {RunningServer} server
 * @returns {Promise<number>}
 */
async function countPeers(server) {
  /** @type {{ routes?: { remote_id: string }[] }} */
  const { routes = [] } = await server.monitor("/routez");
  return new Set(routes.map((route) => route.remote_id)).size;
}

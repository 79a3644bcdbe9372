// The official command line as a client among others. What it can't do is left out.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { filling, sumOf } from "./filling.mjs";

/** @import { Client } from "./client.mjs" */

const run = promisify(execFile);

/** @param {string} program @param {string} url @returns {Promise<Client>} */
export async function natsCli(program, url) {
  const folder = await mkdtemp(join(tmpdir(), "natspeed-cli-"));
  /** @param {string[]} args */
  const nats = async (...args) => {
    const options = { env: { ...process.env, HOME: folder } };
    return (await run(program, ["--server", url, ...args], options)).stdout;
  };
  const seconds = (/** @type {number | undefined} */ ttl, /** @type {string} */ flag) =>
    ttl === undefined ? [] : [`--${flag}=${ttl}ms`];
  const actions = {
    kvCreate: async ({ bucket, history = 1, markerTtl }) =>
      void (await nats("kv", "add", bucket, `--history=${history}`, ...seconds(markerTtl, "marker-ttl"))),
    kvPut: async ({ bucket, key, value }) => {
      await nats("kv", "put", bucket, key, value);
      return await revisionOf(bucket, key);
    },
    kvAdd: async ({ bucket, key, value, ttl }) => {
      await nats("kv", "create", bucket, key, value, ...seconds(ttl, "ttl"));
      return await revisionOf(bucket, key);
    },
    kvUpdate: async ({ bucket, key, value, revision }) => {
      await nats("kv", "update", bucket, key, value, `${revision}`);
      return await revisionOf(bucket, key);
    },
    kvGet: async ({ bucket, key }) => {
      const value = await nats("kv", "get", bucket, key, "--raw").catch(() => undefined);
      return value === undefined ? null : { key, op: "put", value, revision: await revisionOf(bucket, key) };
    },
    kvDelete: async ({ bucket, key }) => void (await nats("kv", "del", bucket, key, "--force")),
    kvPurge: async ({ bucket, key, ttl }) =>
      void (await nats("kv", "purge", bucket, key, "--force", ...seconds(ttl, "ttl"))),
    kvKeys: async ({ bucket }) => (await nats("kv", "ls", bucket)).trim().split("\n"),
    objCreate: async ({ store }) => void (await nats("object", "add", store)),
    objPut: async ({ store, name, size, chunkSize, description = "", headers = {} }) => {
      const path = join(folder, "in");
      await writeFile(path, filling(size));
      await nats(
        "object",
        "put",
        store,
        path,
        `--name=${name}`,
        `--description=${description}`,
        "--force",
        ...Object.entries(headers).map(([field, value]) => `--header=${field}:${value}`),
        ...(chunkSize === undefined ? [] : [`--chunk-size=${chunkSize}`]),
        "--no-progress",
      );
    },
    objGet: async ({ store, name }) => {
      const path = join(folder, "out");
      await nats("object", "get", store, name, `--output=${path}`, "--force", "--no-progress");
      return sumOf(await readFile(path));
    },
    objDelete: async ({ store, name }) => void (await nats("object", "del", store, name, "--force")),
    objSeal: async ({ store }) => void (await nats("object", "seal", store, "--force")),
    svcCall: async ({ subject, value }) => ({
      data: await nats("request", subject, value, "--raw"),
      status: 0,
      description: "",
    }),
    svcFind: async ({ name }) => JSON.parse(await nats("service", "info", name, "--json")),
    close: () => rm(folder, { recursive: true, force: true }),
  };
  /** @param {string} bucket @param {string} key */
  async function revisionOf(bucket, key) {
    const text = await nats("kv", "get", bucket, key);
    return Number(/revision: (\d+)/i.exec(text)?.[1]);
  }
  return /** @type {any} */ ({ name: "nats", ...actions });
}

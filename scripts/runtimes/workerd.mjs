// Cloudflare's workerd: the suite is a worker that answers a request with what came of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

/** The network of the worker's sockets: loopback counts as "local". */
const config = (
  /** @type {number} */ port,
  /** @type {string} */ authority,
) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network",
    )),
    (name = "network", network = (
      allow = ["local", "private"],
      tlsOptions = (trustedCertificates = [${JSON.stringify(authority)}]),
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;

/**
 * @param {string} program
 * @param {string} folder with the bundled worker.js
 * @param {object} surroundings
 * @param {string} authority the certificate to trust
 * @returns {Promise<import("./command-line.mjs").Result[]>}
 */
export async function runWorkerd(program, folder, surroundings, authority) {
  const port = await freePort();
  await writeFile(join(folder, "workerd.capnp"), config(port, authority));
  const child = spawn(program, ["serve", "workerd.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "pipe"],
  });
  let output = "";
  child.stderr.on("data", (data) => (output += data));
  const ended = new Promise((resolve) => child.on("close", resolve));
  try {
    const response = await ask(`http://127.0.0.1:${port}/`, JSON.stringify(surroundings));
    return await response.json();
  } catch (error) {
    return [{ name: "answers", error: `${String(error)}\n${output}` }];
  } finally {
    child.kill();
    await ended;
  }
}

/** It listens a moment after it was started. @param {string} url @param {string} body */
async function ask(url, body) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(url, { method: "POST", body });
    } catch (error) {
      if (attempt === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

#!/usr/bin/env node
// The in-process server in a process of its own, with the command line of nats-server: so the tests that start, freeze
// and kill a nats-server run against it unchanged.
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { startServer } from "../../dist/server/index.js";
import { readConfiguration } from "./configuration.mjs";
import { toServerOptions } from "./options.mjs";

/** What it is as good as; the tests skip by it. */
const VERSION = "2.15.2";

// nats-server's command line is not read as parseArgs does it: `-sd` is one option, and -1 a port, "any that is free".
const readable = (/** @type {string} */ argument) =>
  argument === "-1" ? "0" : argument.replace(/^-(sd|js)$/, "--$1");

const { values } = parseArgs({
  options: {
    version: { type: "boolean", short: "v" },
    addr: { type: "string", short: "a" },
    port: { type: "string", short: "p" },
    http_port: { type: "string", short: "m" },
    ports_file_dir: { type: "string" },
    sd: { type: "string" },
    js: { type: "boolean" },
    name: { type: "string", short: "n" },
    config: { type: "string", short: "c" },
  },
  args: process.argv.slice(2).map(readable),
});

if (values.version === true) {
  console.log(`nats-server: v${VERSION}`);
} else {
  await serve();
}

async function serve() {
  const { config, name, ports_file_dir: folder, js } = values;
  if (js === true) throw new Error("the in-process server has no jetstream");
  const settings = config === undefined ? {} : readConfiguration(readFileSync(config, "utf8"));
  const server = await startServer({
    ...toServerOptions(settings),
    ...(name === undefined ? {} : { name }),
    host: values.addr ?? "0.0.0.0",
    port: Number(values.port ?? "4222"),
    monitor: { port: Number(values.http_port ?? "0") },
    log: (line) => console.error(line),
  });
  if (folder !== undefined) writePorts(folder, server, "websocket" in settings);
  for (const signal of ["SIGTERM", "SIGINT"])
    process.on(signal, () => void server.stop().then(() => process.exit(0)));
  process.on("SIGUSR2", () => void server.lameDuck().then(() => process.exit(0)));
  console.error("Server is ready");
}

/**
 * @param {string} folder
 * @param {import("../../dist/server/index.js").NatsServer} server
 * @param {boolean} hasWebSocket
 */
function writePorts(folder, server, hasWebSocket) {
  const file = join(folder, `${basename(process.argv[1] ?? "")}_${process.pid}.ports`);
  const ports = {
    nats: [server.url.replace("tls:", "nats:")],
    monitoring: [server.monitorUrl],
    ...(hasWebSocket ? { websocket: [server.websocketUrl] } : {}),
  };
  writeFileSync(file, JSON.stringify(ports));
}

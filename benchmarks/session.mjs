import { startServer } from "../scripts/nats-server.mjs";
import { stopSides } from "./side-process.mjs";

// Without compression: what the `ws` library offers by itself the server then declines.
const WEBSOCKET = 'websocket { host: "127.0.0.1", port: -1, no_tls: true, compression: false }\n';

export const print = (text) => process.stdout.write(`${text}\n`);

/** The failures once more at the end, where they are seen. */
export function reportFailures(failed) {
  if (failed.size === 0) return;
  print(`\n${failed.size} failed: ${[...failed].join(", ")}`);
  process.exitCode = 1;
}

/** A signal ends the sides and aborts `work`, which then cleans up on its way out. */
export async function interruptible(work) {
  const controller = new AbortController();
  const interrupt = (name) => {
    controller.abort(new Error(`interrupted by ${name}`));
    stopSides();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

/** One server for everything inside `work`, stopped however that ends: `{ version, port, urls }`. */
export async function withServer(work) {
  const server = await startServer({ config: WEBSOCKET, jetstream: true, log: print });
  try {
    const { version, port, url, ports } = server;
    return await work({ version, port, urls: { nats: url, ws: ports.websocket?.[0] } });
  } finally {
    stopSides();
    await server.stop();
  }
}

// Node, Bun and Deno: the in-process server with TLS in all its forms, with the identities of the first argument; prints
// what came of it.
import { connect, isNatsError } from "natspeed";
import { startServer } from "natspeed/server";

/** @type {import("../../scripts/runtimes/identities.mjs").Identities} */
const { ca, server, client, stranger } = JSON.parse(process.argv[2] ?? "{}");
const LIMIT = 20_000;

/** @type {Record<string, () => Promise<void>>} */
const CHECKS = {
  "TLS after INFO": () => talks({ tls: server }, { ca }),
  "TLS before INFO": () => talks({ tls: { ...server, handshakeFirst: true } }, { ca, handshakeFirst: true }),
  "no TLS where it may be": () => talks({ tls: { ...server, required: false } }),
  "TLS where it may be": () => talks({ tls: { ...server, required: false } }, { ca }),
  "a client certificate": () => talks({ tls: { ...server, verify: true, ca } }, { ca, ...client }),
  "no client certificate": () => isRefused({ ca }),
  "a client certificate of another authority": () => isRefused({ ca, ...stranger }),
  async "WebSocket with TLS"() {
    const one = await startServer({ websocket: { tls: server } });
    await talk(one.websocketUrl, { ca });
    await one.stop();
  },
};

const results = [];
for (const [name, check] of Object.entries(CHECKS)) {
  results.push(
    await check().then(
      () => ({ name }),
      (error) => ({ name, error: `${/** @type {Error} */ (error).stack}` }),
    ),
  );
}
console.log(JSON.stringify(results));

/**
 * A server with these options serves a client with these, or one without TLS.
 *
 * @param {import("natspeed/server").ServerOptions} options
 * @param {import("natspeed").TlsOptions} [tls]
 */
async function talks(options, tls) {
  const one = await startServer(options);
  try {
    await talk(tls === undefined ? one.url.replace("tls:", "nats:") : one.url, tls);
  } finally {
    await one.stop();
  }
}

/** @param {import("natspeed").TlsOptions} tls */
async function isRefused(tls) {
  const error = await talks({ tls: { ...server, verify: true, ca } }, tls).then(
    () => undefined,
    (reason) => reason,
  );
  if (!isNatsError(error)) throw new Error(`let in, or not refused: ${String(error)}`);
}

/** @param {string} url @param {import("natspeed").TlsOptions} [tls] */
async function talk(url, tls) {
  const nc = await connect({
    servers: url,
    reconnect: false,
    timeout: LIMIT,
    // TLS that is offered would be used, with authorities of the system.
    tls: tls ?? false,
  });
  try {
    nc.subscribe("echo", { callback: (m) => m.respond(m.data) });
    const answer = await nc.request("echo", "hello", { timeout: LIMIT });
    if (answer.string() !== "hello") throw new Error(`"${answer.string()}" instead of "hello"`);
  } finally {
    await nc.close();
  }
}

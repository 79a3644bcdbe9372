// CommonJS: the entries by name, a message there and back, and the same errors as by import.
const { connect, isNatsError } = require("natspeed");
const { jetstream } = require("natspeed/jetstream");
const { kv } = require("natspeed/kv");
const { objectStore } = require("natspeed/object-store");
const { services } = require("natspeed/services");
const { startServer } = require("natspeed/server");

const name = "can be required";

async function main() {
  const server = await startServer();
  const { url } = server;
  const nc = await connect(url);
  nc.subscribe("ask", { callback: (m) => m.respond(`not ${m.string()}`) });
  const reply = await nc.request("ask", "this");
  if (reply.string() !== "not this") throw new Error(`got ${reply.string()}`);
  const service = await services(nc).add({ name: "asked", version: "1.0.0" });
  await service.stop();
  // That server has no JetStream, and each says so by the same class of error.
  for (const call of [
    () => jetstream(nc).accountInfo(),
    () => kv(nc).get("x"),
    () => objectStore(nc).get("x"),
  ]) {
    const error = await call().catch((/** @type {unknown} */ thrown) => thrown);
    if (!isNatsError(error, "JETSTREAM_NOT_ENABLED")) throw new Error(`not told: ${String(error)}`);
  }
  await nc.close();
  await server.stop();
  const imported = await import("natspeed");
  const error = await imported.connect(url).catch((/** @type {unknown} */ thrown) => thrown);
  if (!isNatsError(error, "CONNECTION_REFUSED")) throw new Error(`not recognised: ${String(error)}`);
  if (imported.connect !== connect) throw new Error("import and require give two copies");
}

main().then(
  () => console.log(JSON.stringify([{ name }])),
  (error) => console.log(JSON.stringify([{ name, error: String(error) }])),
);

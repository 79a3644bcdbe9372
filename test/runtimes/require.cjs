// CommonJS: both entries by name, a message there and back, and the same errors as by import.
const { connect, isNatsError } = require("natspeed");
const { startServer } = require("natspeed/server");

const name = "can be required";

async function main() {
  const server = await startServer();
  const { url } = server;
  const nc = await connect(url);
  nc.subscribe("ask", { callback: (m) => m.respond(`not ${m.string()}`) });
  const reply = await nc.request("ask", "this");
  if (reply.string() !== "not this") throw new Error(`got ${reply.string()}`);
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

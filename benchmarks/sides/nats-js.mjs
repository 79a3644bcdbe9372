import { connect, headers, wsconnect } from "@nats-io/transport-node";
import { natsJsJetStream } from "./nats-js-jetstream.mjs";
import { natsJsBucket, natsJsService, natsJsStore } from "./nats-js-stores.mjs";
import { runSide } from "./javascript/run-side.mjs";

const fail = (error) => {
  throw error;
};

// nats.js takes the runtime's WebSocket, which Node has from version 22 on. Before that an application has to bring one:
// this is the library that natspeed uses.
async function provideWebSocket() {
  globalThis.WebSocket ??= (await import("ws")).WebSocket;
}

await runSide("nats.js", async ({ url }) => {
  const overWebSocket = url.startsWith("ws:");
  if (overWebSocket) await provideWebSocket();
  const dial = overWebSocket ? wsconnect : connect;
  return {
    connect: (server) => dial({ servers: [server] }),
    jetstream: natsJsJetStream,
    bucket: natsJsBucket,
    store: natsJsStore,
    service: natsJsService,
    headers: (pairs) => {
      const made = headers();
      for (const [name, value] of pairs) made.append(name, value);
      return made;
    },
    onEach: (nc, subject, received) =>
      nc.subscribe(subject, {
        callback: (error, m) => (error ? fail(error) : received(m.data.length)),
      }),
    echo: (nc, subject) =>
      nc.subscribe(subject, { callback: (error, m) => (error ? fail(error) : m.respond(m.data)) }),
  };
});

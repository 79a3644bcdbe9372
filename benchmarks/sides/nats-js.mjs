import { connect } from "@nats-io/transport-node";
import { runSide } from "./javascript/run-side.mjs";

const fail = (error) => {
  throw error;
};

await runSide("nats.js", () => ({
  connect: (port) => connect({ servers: [`nats://127.0.0.1:${port}`] }),
  onEach: (nc, subject, received) =>
    nc.subscribe(subject, {
      callback: (error, m) => (error ? fail(error) : received(m.data.length)),
    }),
  echo: (nc, subject) =>
    nc.subscribe(subject, { callback: (error, m) => (error ? fail(error) : m.respond(m.data)) }),
}));

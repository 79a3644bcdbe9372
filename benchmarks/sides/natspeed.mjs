import { natspeedJetStream } from "./natspeed-jetstream.mjs";
import { runSide } from "./javascript/run-side.mjs";

const built = new URL("../../dist/index.js", import.meta.url).href;

// `library` lets compare.mjs measure the build of another commit with this program.
await runSide("natspeed", async ({ library = built }) => {
  const { connect, headers } = await import(library);
  return {
    connect: (url) => connect({ servers: [url] }),
    headers,
    jetstream: async (nc) =>
      natspeedJetStream((await import(new URL("jetstream/index.js", library).href)).jetstream)(nc),
    onEach: (nc, subject, received) => nc.subscribe(subject, { callback: (m) => received(m.data.length) }),
    echo: (nc, subject) => nc.subscribe(subject, { callback: (m) => m.respond(m.data) }),
  };
});

import { natspeedJetStream } from "./natspeed-jetstream.mjs";
import { natspeedBuckets, natspeedObjects, natspeedService } from "./natspeed-stores.mjs";
import { runSide } from "./javascript/run-side.mjs";

const built = new URL("../../dist/index.js", import.meta.url).href;

// `library` lets compare.mjs measure the build of another commit with this program.
await runSide("natspeed", async ({ library = built }) => {
  const { connect, headers } = await import(library);
  const part = (/** @type {string} */ name) => import(new URL(`${name}/index.js`, library).href);
  return {
    connect: (url) => connect({ servers: [url] }),
    headers,
    jetstream: async (nc) => natspeedJetStream((await part("jetstream")).jetstream)(nc),
    bucket: async (nc, name) => await natspeedBuckets((await part("kv")).kv)(nc, name),
    store: async (nc, name) => await natspeedObjects((await part("object-store")).objectStore)(nc, name),
    service: async (nc, subject) => await natspeedService((await part("services")).services)(nc, subject),
    onEach: (nc, subject, received) => nc.subscribe(subject, { callback: (m) => received(m.data.length) }),
    echo: (nc, subject) => nc.subscribe(subject, { callback: (m) => m.respond(m.data) }),
  };
});

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { casesOf } from "./cases.mjs";
import { composePage } from "./page.mjs";
import { PARTS } from "./parts.mjs";
import { Results } from "./results.mjs";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const HOW_TO_READ = `Each figure is the median of the rounds, with the interval in brackets in which the median of very many
rounds would lie (95 %, a bootstrap). A ratio is natspeed's figure divided by that of the other side, taken within each
round; its median is not always the ratio of the two medians. A target is reached, or not, if the whole interval says so;
otherwise it is undecided. More is better for messages/s, less for everything else. CPU is user and system time of the
client's process.`;

const HOW_IT_IS_MEASURED = `Only what stands between the notes markers is kept when it is written again.
[benchmarks/README.md](../benchmarks/README.md) says how it is measured, and`;

/** A page that was not measured yet can't be linked to. */
const OTHERS = existsSync(join(ROOT, "docs/benchmarks-details.md"))
  ? "[Other sizes and ways](benchmarks-details.md), [WebSocket"
  : "[WebSocket";

const FOUNDATION = `# Benchmarks

Written by \`npm run bench -- --only foundation,node-20\`. ${HOW_IT_IS_MEASURED}
[benchmarks/results](../benchmarks/results/benchmarks.json) has what each side measured in each round.

${HOW_TO_READ} The side **before** is natspeed as an earlier commit had it; **raw socket** is what server and loopback allow
without a client. ${OTHERS}, Bun and Deno](benchmarks-runtimes.md) and
[the in-process server](benchmarks-server.md) have pages of their own.`;

const DETAILS = `# Benchmarks of other sizes and ways

Written by \`npm run bench -- --only details\`. ${HOW_IT_IS_MEASURED}
[benchmarks/results](../benchmarks/results/benchmarks-details.json) has what each side measured in each round.

${HOW_TO_READ}`;

const RUNTIMES = `# Benchmarks of WebSocket, Bun and Deno

Written by \`npm run bench -- --only websocket,bun,deno\`. ${HOW_IT_IS_MEASURED}
[benchmarks/results](../benchmarks/results/benchmarks-runtimes.json) has what each side measured in each round. TCP on Node, and
nats.go, are on [a page of their own](benchmarks.md).

${HOW_TO_READ}

- **WebSocket**: on Node 24. nats.js is its \`wsconnect\`, which takes Node's own WebSocket; natspeed uses \`ws\`. Nothing is
  compressed.
- **Bun** and **Deno**: TCP. nats.js is \`@nats-io/transport-node\` on both, as npm has it. For Deno
  there is also a transport of its own, on JSR, which is not measured here.`;

const JETSTREAM = `# Benchmarks of JetStream

Written by \`npm run bench -- --only jetstream\`. ${HOW_IT_IS_MEASURED}
[benchmarks/results](../benchmarks/results/benchmarks-jetstream.json) has what each side measured in each round.

${HOW_TO_READ} Streams have one replica. nats.js is \`@nats-io/jetstream\`, nats.go its package \`jetstream\`. nats.js has no
window of publishes: as many as the others have under way at most are published together, again and again.`;

const STORES = `# Benchmarks of buckets, objects and services

Written by \`npm run bench -- --only kv,objects,services\`. ${HOW_IT_IS_MEASURED}
[benchmarks/results](../benchmarks/results/benchmarks-stores.json) has what each side measured in each round.

${HOW_TO_READ} Buckets and stores are in files, with one replica. nats.js is \`@nats-io/kv\`, \`@nats-io/obj\` and
\`@nats-io/services\`; nats.go its packages \`jetstream\` and \`micro\`. A watch of nats.js does not tell when all is there: it is
read until as many entries have come as there are. Objects are made of pieces of 64 KiB and read in chunks of 128 KiB, with
their digests; nats.js hashes with \`setSha256Backend("native")\`, which is faster than what it does unless told. Their peak of memory
is that of the whole process, above what it had before.`;

/** What the pages begin with, by their paths. */
const INTRODUCTIONS = {
  "docs/benchmarks.md": FOUNDATION,
  "docs/benchmarks-details.md": DETAILS,
  "docs/benchmarks-runtimes.md": RUNTIMES,
  "docs/benchmarks-jetstream.md": JETSTREAM,
  "docs/benchmarks-stores.md": STORES,
};

export const PAGES = Object.keys(INTRODUCTIONS);

/** Where a page's raw figures are; those of a smoke run mean nothing, and stay out of the repository. */
export function resultsPath(page, isQuick) {
  const name = page.replace(/^docs\//, "").replace(/\.md$/, ".json");
  return join(ROOT, isQuick ? ".cache/benchmarks" : "benchmarks/results", name);
}

/** Writes a page of its results; into the cache as long as a case of it is missing. Returns its path. */
export function writePage(page, results, isQuick) {
  const measured = PARTS.filter((part) => part.page === page)
    .flatMap(casesOf)
    .map((benchmark) => ({ benchmark, rounds: results.roundsOf(benchmark) }));
  const isWhole = !isQuick && measured.every(({ rounds }) => rounds.length > 0);
  const path = isWhole ? page : page.replace(/^docs/, ".cache/benchmarks");
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  const text = composePage({
    introduction: INTRODUCTIONS[page],
    notesFrom: join(ROOT, page),
    results,
    measured: measured.filter(({ rounds }) => rounds.length > 0),
  });
  writeFileSync(join(ROOT, path), text);
  return path;
}

/** Writes every page anew of the figures in the repository; measures nothing. */
export function writePages(print) {
  for (const page of PAGES) {
    const path = resultsPath(page, false);
    if (existsSync(path)) print(`written: ${writePage(page, Results.existing(path), false)}`);
  }
}

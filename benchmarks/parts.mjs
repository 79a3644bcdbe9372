import { DETAIL_CASES, FOUNDATION_CASES, OLDEST_NODE_CASES } from "./foundation-cases.mjs";
import { JETSTREAM_CASES } from "./jetstream-cases.mjs";
import { KV_CASES, OBJECT_CASES, SERVICE_CASES } from "./store-cases.mjs";
import { RUNTIME_CASES, WEBSOCKET_CASES } from "./runtime-cases.mjs";

const FOUNDATION_PAGE = "docs/benchmarks.md";
const DETAILS_PAGE = "docs/benchmarks-details.md";
const RUNTIMES_PAGE = "docs/benchmarks-runtimes.md";
const JETSTREAM_PAGE = "docs/benchmarks-jetstream.md";
const STORES_PAGE = "docs/benchmarks-stores.md";

/**
 * What `--only` chooses from, in the order of the pages. The main tables are those of the Node that most users run.
 *
 * @type {readonly {
 *   name: string,
 *   page: string,
 *   runtime: string,
 *   scheme: "nats" | "ws",
 *   heading?: string,
 *   cases: readonly any[],
 * }[]}
 */
export const PARTS = [
  {
    name: "foundation",
    page: FOUNDATION_PAGE,
    runtime: "node 24",
    scheme: "nats",
    cases: FOUNDATION_CASES,
  },
  {
    name: "node-20",
    page: FOUNDATION_PAGE,
    runtime: "node 20",
    scheme: "nats",
    heading: "Node 20",
    cases: OLDEST_NODE_CASES,
  },
  { name: "details", page: DETAILS_PAGE, runtime: "node 24", scheme: "nats", cases: DETAIL_CASES },
  {
    name: "websocket",
    page: RUNTIMES_PAGE,
    runtime: "node 24",
    scheme: "ws",
    heading: "WebSocket",
    cases: WEBSOCKET_CASES,
  },
  {
    name: "bun",
    page: RUNTIMES_PAGE,
    runtime: "bun",
    scheme: "nats",
    heading: "Bun",
    cases: RUNTIME_CASES,
  },
  {
    name: "deno",
    page: RUNTIMES_PAGE,
    runtime: "deno",
    scheme: "nats",
    heading: "Deno",
    cases: RUNTIME_CASES,
  },
  { name: "jetstream", page: JETSTREAM_PAGE, runtime: "node 24", scheme: "nats", cases: JETSTREAM_CASES },
  { name: "kv", page: STORES_PAGE, runtime: "node 24", scheme: "nats", heading: "Buckets", cases: KV_CASES },
  {
    name: "objects",
    page: STORES_PAGE,
    runtime: "node 24",
    scheme: "nats",
    heading: "Objects",
    cases: OBJECT_CASES,
  },
  {
    name: "services",
    page: STORES_PAGE,
    runtime: "node 24",
    scheme: "nats",
    heading: "Services",
    cases: SERVICE_CASES,
  },
];

/** `Receive` or, outside the foundation, `Bun: receive`. @param {{ heading?: string }} part @param {string} title */
export function titleIn({ heading }, title) {
  return heading ? `${heading}: ${title.toLowerCase()}` : title;
}

/** The parts of these names, which may be joined by commas; all without one. */
export function selectParts(names) {
  const wanted = names.flatMap((name) => name.split(","));
  for (const name of wanted) {
    if (PARTS.every((part) => part.name !== name))
      throw new Error(`--only ${name}: there are ${PARTS.map((part) => part.name).join(", ")}`);
  }
  return PARTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
}

const FOUNDATION_PAGE = "docs/benchmarks.md";
const RUNTIMES_PAGE = "docs/benchmarks-runtimes.md";

/**
 * What `--only` chooses from. A page is written by a run of all its parts only, so that it never holds figures of two
 * runs.
 */
export const PARTS = [
  { name: "foundation", page: FOUNDATION_PAGE, runtime: "node", scheme: "nats" },
  { name: "websocket", page: RUNTIMES_PAGE, runtime: "node", scheme: "ws", heading: "WebSocket" },
  {
    name: "websocket-node-24",
    page: RUNTIMES_PAGE,
    runtime: "node 24",
    scheme: "ws",
    heading: "WebSocket on Node 24",
  },
  { name: "bun", page: RUNTIMES_PAGE, runtime: "bun", scheme: "nats", heading: "Bun" },
  { name: "deno", page: RUNTIMES_PAGE, runtime: "deno", scheme: "nats", heading: "Deno" },
];

/** `Receive` or, outside the foundation, `Bun: receive`. */
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

const HOW_TO_READ = `Each figure is the median of the rounds, with the least and the greatest in brackets. A ratio is
natspeed's figure divided by that of the other side, taken within each round; its median is not
always the ratio of the two medians. More is better for messages/s, less for everything else. CPU is
user and system time of the client's process.`;

const FOUNDATION = `# Benchmarks

Written by \`npm run bench\`; only what stands between the notes markers is kept when it is written
again. [benchmarks/README.md](../benchmarks/README.md) says how it is measured.

${HOW_TO_READ}`;

const RUNTIMES = `# Benchmarks of WebSocket, Bun and Deno

Written by \`npm run bench -- --only websocket,websocket-node-24,bun,deno\`, in one run; only what
stands between the notes markers is kept when it is written again. TCP on Node, and nats.go, are on
[a page of their own](benchmarks.md). [benchmarks/README.md](../benchmarks/README.md) says how it is
measured.

${HOW_TO_READ}

- **WebSocket**: nats.js is its \`wsconnect\`, which takes the WebSocket of the runtime. Node has one
  from version 22 on; where this runs on an older one nats.js is lent that of the \`ws\` library, which
  is also what natspeed uses. As nats.js documents it is **WebSocket on Node 24**, with Node's own
  WebSocket, and there natspeed still uses \`ws\`. Nothing is compressed.
- **Bun** and **Deno**: TCP. nats.js is \`@nats-io/transport-node\` on both, as npm has it. For Deno
  there is also a transport of its own, on JSR, which is not measured here.`;

/** What the pages begin with, by their paths. */
export const INTRODUCTIONS = {
  "docs/benchmarks.md": FOUNDATION,
  "docs/benchmarks-runtimes.md": RUNTIMES,
};

import { publishCase, receiveCase, requestCase } from "./case-kinds.mjs";

const SIDES = ["natspeed", "nats.js"];

const YIELDING = { mode: "yield", title: "yielding every 1,000", sides: SIDES };
const BY_CALLBACK = { mode: "callback", title: "by callback", sides: SIDES };
const BY_ITERATOR = { mode: "iterator", title: "by iterator", sides: SIDES };

const PUBLISHED = [
  { size: 16, label: "16 B", burst: 1_000_000 },
  { size: 128, label: "128 B", burst: 500_000 },
  { size: 1024, label: "1 KiB", burst: 80_000 },
];

export const WEBSOCKET_CASES = [
  ...PUBLISHED.map((what) => publishCase(what, YIELDING)),
  ...[BY_CALLBACK, BY_ITERATOR].flatMap((how) => [16, 128].map((size) => receiveCase(size, how))),
];

/** Bun and Deno, over TCP. */
export const RUNTIME_CASES = [
  ...PUBLISHED.slice(0, 2).map((what) => publishCase(what, YIELDING)),
  ...[16, 128].map((size) => receiveCase(size, BY_CALLBACK)),
  requestCase({ inFlight: 1, title: "one by one", sides: SIDES }),
  requestCase({ inFlight: 256, title: "256 in flight", sides: SIDES }),
];

import {
  publishCase,
  receiveCase,
  requestCase,
  TIMES,
  typicalPublishCase,
  typicalReceiveCase,
} from "./case-kinds.mjs";

const JAVASCRIPT = ["natspeed", "nats.js"];
const CLIENTS = [...JAVASCRIPT, "nats.go"];
const RAW = "raw socket";
/** The build that the page's `before` names, and this one once more, which shows the noise. */
const BEFORE = "before";
const AGAIN = "again";

/** A burst stays under 100 MB, because a loop that never yields queues most of its bytes in the client. */
const PUBLISHED = {
  16: { size: 16, label: "16 B", burst: 1_000_000 },
  128: { size: 128, label: "128 B", burst: 500_000 },
  1024: { size: 1024, label: "1 KiB", burst: 80_000 },
  65_536: { size: 65_536, label: "64 KiB", burst: 1500 },
};

const TYPICAL = [
  { size: 200, label: "200 B", burst: 200_000, headers: false },
  { size: 2048, label: "2 KB", burst: 40_000, headers: false },
  { size: 200, label: "200 B", burst: 100_000, headers: true },
];

const YIELD = { mode: "yield", title: "yielding every 1,000" };
const READY = { mode: "ready", title: "`await nc.ready()` before each" };
const LOOP = { mode: "loop", title: "without yielding" };

const CALLBACK = { mode: "callback", title: "by callback" };
const ITERATOR = { mode: "iterator", title: "by iterator" };
const BATCHES = { mode: "batches", title: "by batches", sides: ["natspeed"] };

const subscriptionsCase = {
  name: "subscriptions-1000",
  title: "1,000 subscriptions in turn, 16 B, by callback",
  group: "Receive",
  program: "receive",
  sides: CLIENTS,
  publisher: true,
  params: { ...TIMES, size: 16, mode: "callback", subjects: 1000 },
};

const memoryCase = {
  name: "memory-16b",
  title: "16 B, 500,000 messages",
  group: "Queued unread",
  program: "memory",
  sides: [...CLIENTS, BEFORE],
  publisher: true,
  params: { size: 16, subjects: 1, messages: 500_000, warmup: 5_000 },
};

/** Over TCP on Node 24: what there is a target for. */
export const FOUNDATION_CASES = [
  publishCase(PUBLISHED[16], { ...YIELD, sides: [...CLIENTS, RAW, BEFORE, AGAIN] }),
  publishCase(PUBLISHED[128], { ...YIELD, sides: [...CLIENTS, RAW, BEFORE] }),
  publishCase(PUBLISHED[16], { ...READY, sides: ["natspeed", "nats.go", BEFORE] }),
  receiveCase(16, { ...CALLBACK, sides: [...CLIENTS, RAW, BEFORE, AGAIN] }),
  receiveCase(16, { ...ITERATOR, sides: CLIENTS }),
  requestCase({ inFlight: 256, title: "256 in flight", sides: [...CLIENTS, RAW, BEFORE, AGAIN] }),
  requestCase({ inFlight: 1, title: "one by one", sides: [...CLIENTS, RAW] }),
  ...TYPICAL.map((what) => typicalPublishCase(what, JAVASCRIPT)),
  ...TYPICAL.map((what) => typicalReceiveCase(what, JAVASCRIPT)),
  memoryCase,
];

/** The same on Node 20, beside it. */
export const OLDEST_NODE_CASES = [
  publishCase(PUBLISHED[16], { ...YIELD, sides: CLIENTS }),
  receiveCase(16, { ...CALLBACK, sides: CLIENTS }),
  requestCase({ inFlight: 256, title: "256 in flight", sides: CLIENTS }),
];

/** Other sizes and ways, on a page of their own. */
export const DETAIL_CASES = [
  ...[16, 128, 1024, 65_536].map((size) =>
    publishCase(PUBLISHED[size], { ...LOOP, sides: [...CLIENTS, RAW] }),
  ),
  ...[1024, 65_536].map((size) => publishCase(PUBLISHED[size], { ...YIELD, sides: [...CLIENTS, RAW] })),
  ...[128, 1024, 65_536].map((size) =>
    publishCase(PUBLISHED[size], { ...READY, sides: ["natspeed", "nats.go"] }),
  ),
  receiveCase(128, { ...CALLBACK, sides: [...CLIENTS, RAW] }),
  receiveCase(128, { ...ITERATOR, sides: CLIENTS }),
  receiveCase(16, BATCHES),
  receiveCase(128, BATCHES),
  subscriptionsCase,
];

import { publishCase, receiveCase, requestCase } from "./case-kinds.mjs";

const JAVASCRIPT = ["natspeed", "nats.js"];
const CLIENTS = [...JAVASCRIPT, "nats.go"];
const EVERYBODY = [...CLIENTS, "raw socket"];

/** A burst stays under 200 MB, because a loop that never yields queues most of its bytes in the client. */
const PUBLISHED = [
  { size: 16, label: "16 B", burst: 2_000_000, bursts: 2 },
  { size: 128, label: "128 B", burst: 1_000_000, bursts: 2 },
  { size: 1024, label: "1 KiB", burst: 150_000, bursts: 5 },
  { size: 65_536, label: "64 KiB", burst: 2_500, bursts: 4 },
];

const PUBLISH_MODES = [
  { mode: "loop", title: "without yielding", sides: EVERYBODY },
  { mode: "yield", title: "yielding every 1,000", sides: CLIENTS },
  { mode: "ready", title: "`await nc.ready()` before each", sides: ["natspeed", "nats.go"] },
];

const RECEIVE_MODES = [
  { mode: "callback", title: "by callback", sides: EVERYBODY },
  { mode: "iterator", title: "by iterator", sides: CLIENTS },
  { mode: "batches", title: "by batches", sides: ["natspeed"] },
];

const subscriptionsCase = {
  name: "subscriptions-1000",
  title: "1,000 subscriptions in turn, 16 B, by callback",
  group: "Receive",
  program: "receive",
  sides: CLIENTS,
  publisher: true,
  params: { size: 16, mode: "callback", subjects: 1000, messages: 1_000_000, warmup: 200_000 },
};

const memoryCase = {
  name: "memory-16b",
  title: "16 B, 500,000 messages",
  group: "Queued unread",
  program: "memory",
  sides: CLIENTS,
  publisher: true,
  params: { size: 16, subjects: 1, messages: 500_000, warmup: 5_000 },
};

/** Over TCP, on the Node that runs this. */
export const FOUNDATION_CASES = [
  ...PUBLISH_MODES.flatMap((how) => PUBLISHED.map((what) => publishCase(what, how))),
  ...RECEIVE_MODES.flatMap((how) => [16, 128].map((size) => receiveCase(size, how, 2_000_000))),
  subscriptionsCase,
  requestCase({ inFlight: 1, title: "one by one", sides: CLIENTS }, 20_000),
  requestCase({ inFlight: 256, title: "256 in flight", sides: CLIENTS }, 200_000),
  memoryCase,
];

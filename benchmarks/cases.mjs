const JAVASCRIPT = ["natspeed", "nats.js"];
const CLIENTS = [...JAVASCRIPT, "nats.go"];
const EVERYBODY = [...CLIENTS, "raw socket"];
const WINDOW_OF_REQUESTS = 256;

/**
 * A flush ends each burst, and a burst stays under 200 MB, because a loop that never yields queues
 * most of its bytes in the client. Several bursts make the measured part long enough.
 */
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

function publishCases() {
  return PUBLISH_MODES.flatMap(({ mode, title, sides }) =>
    PUBLISHED.map(({ size, label, burst, bursts }) => ({
      name: `publish-${label.replace(" ", "").toLowerCase()}-${mode}`,
      title: `${label}, ${title}`,
      group: "Publish",
      program: "publish",
      sides,
      params: { size, mode, bursts, messages: burst * bursts, warmup: Math.ceil(burst / 4) },
    })),
  );
}

function receiveCases() {
  return RECEIVE_MODES.flatMap(({ mode, title, sides }) =>
    [16, 128].map((size) => ({
      name: `receive-${size}b-${mode}`,
      title: `${size} B, ${title}`,
      group: "Receive",
      program: "receive",
      sides,
      publisher: true,
      params: { size, mode, subjects: 1, messages: 2_000_000, warmup: 200_000 },
    })),
  );
}

function subscriptionsCase() {
  return {
    name: "subscriptions-1000",
    title: "1,000 subscriptions in turn, 16 B, by callback",
    group: "Receive",
    program: "receive",
    sides: CLIENTS,
    publisher: true,
    params: { size: 16, mode: "callback", subjects: 1000, messages: 1_000_000, warmup: 200_000 },
  };
}

function requestCase(inFlight, title, messages) {
  return {
    name: `request-${inFlight}`,
    title,
    group: "Requests",
    program: "request",
    sides: CLIENTS,
    params: { size: 16, inFlight, messages, warmup: Math.ceil(messages / 5) },
  };
}

function memoryCase() {
  return {
    name: "memory-16b",
    title: "16 B, 500,000 messages",
    group: "Queued unread",
    program: "memory",
    sides: CLIENTS,
    publisher: true,
    params: { size: 16, subjects: 1, messages: 500_000, warmup: 5_000 },
  };
}

const ALL = [
  ...publishCases(),
  ...receiveCases(),
  subscriptionsCase(),
  requestCase(1, "one by one, 16 B", 20_000),
  requestCase(WINDOW_OF_REQUESTS, "256 in flight, 16 B", 200_000),
  memoryCase(),
];

/** A smoke run proves that everything works; its figures mean nothing. */
function shortened(benchmark) {
  const messages = Math.max(1000, benchmark.params.messages / 100);
  const params = {
    ...benchmark.params,
    messages,
    warmup: Math.min(benchmark.params.warmup, messages),
  };
  return { ...benchmark, params };
}

/** The cases whose names hold one of the filters; all without a filter. */
export function selectCases({ filters = [], quick = false } = {}) {
  const chosen = ALL.filter(
    ({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)),
  );
  if (chosen.length === 0) {
    throw new Error(
      `no case holds ${filters.join(", ")}; there are ${ALL.map(({ name }) => name).join(", ")}`,
    );
  }
  return quick ? chosen.map(shortened) : chosen;
}

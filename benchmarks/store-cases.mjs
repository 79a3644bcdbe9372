import { TIMES } from "./case-kinds.mjs";

const CLIENTS = ["natspeed", "nats.js", "nats.go"];

const entries = (mode, inFlight, title) => ({
  name: `${mode}-${inFlight}`,
  title: `${title}, 128 B, ${inFlight === 1 ? "one by one" : `${inFlight} in flight`}`,
  group: "Entries",
  program: "kv-entries",
  sides: inFlight === 1 ? CLIENTS : [...CLIENTS, "again"],
  params: { ...TIMES, mode, inFlight, size: 128, keys: 1000 },
});

const listing = (mode, title) => ({
  name: mode,
  title: `${title} of 50,000 keys`,
  group: "Listings",
  program: "kv-listing",
  sides: CLIENTS,
  params: { ...TIMES, mode, size: 100, keys: 50_000 },
});

/** Of buckets in a file with one replica; gets are direct. */
export const KV_CASES = [
  entries("put", 1, "put"),
  entries("get", 1, "get"),
  entries("put", 100, "put"),
  entries("get", 100, "get"),
  listing("keys", "`keys()`"),
  listing("watch", "a watch until `synced`,"),
  {
    name: "view",
    title: "a view of 100,000 keys of 100 B",
    group: "Views",
    program: "kv-view",
    sides: ["natspeed"],
    params: { size: 100, messages: 100_000 },
  },
];

const HUNDRED_MEGABYTES = 100_000_000;

const transfer = (mode, title) => ({
  name: mode,
  title: `${title} of 100 MB`,
  group: "Transfers",
  program: "objects",
  sides: CLIENTS,
  params: { ...TIMES, mode, bytes: HUNDRED_MEGABYTES },
});

/** Of stores in a file with one replica, in chunks of 128 KiB. */
export const OBJECT_CASES = [
  transfer("put", "put"),
  transfer("get", "get"),
  {
    name: "stalled",
    title: "get of 100 MB by a reader that stops after a chunk",
    group: "Stalled readers",
    program: "objects",
    sides: ["natspeed", "nats.js"],
    params: { ...TIMES, mode: "stalled", bytes: HUNDRED_MEGABYTES },
  },
];

export const SERVICE_CASES = [
  {
    name: "endpoint-256",
    title: "an endpoint, 256 requests in flight, 16 B",
    group: "Services",
    program: "service",
    sides: [...CLIENTS, "again"],
    params: { ...TIMES, size: 16, inFlight: 256 },
  },
];

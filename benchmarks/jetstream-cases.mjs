import { TIMES } from "./case-kinds.mjs";

const CLIENTS = ["natspeed", "nats.js", "nats.go"];
const AGAIN = "again";

const STORAGES = ["file", "memory"];

const WINDOWED = { mode: "window", title: "in a window of 4,000", sides: [...CLIENTS, AGAIN] };
const ONE_BY_ONE = { mode: "one", title: "one by one", sides: CLIENTS };

/** @type {readonly { mode: string, title: string, acks: boolean, capacity?: number, sides: readonly string[] }[]} */
const CONSUMED = [
  {
    mode: "callback",
    title: "by callback, with acks, capacity 500",
    acks: true,
    capacity: 500,
    sides: [...CLIENTS, AGAIN],
  },
  {
    mode: "callback",
    title: "by callback, without acks, capacity 5,000",
    acks: false,
    capacity: 5000,
    sides: CLIENTS,
  },
  { mode: "loop", title: "in a loop, with acks, capacity 500", acks: true, capacity: 500, sides: CLIENTS },
  {
    mode: "ordered",
    title: "ordered, in a loop, capacity 5,000",
    acks: false,
    capacity: 5000,
    sides: CLIENTS,
  },
  { mode: "fetch", title: "fetches of 500, with acks", acks: true, capacity: 500, sides: CLIENTS },
  { mode: "next", title: "`next()` in a loop, with acks", acks: true, sides: CLIENTS },
];

function publishCase(storage, { mode, title, sides }) {
  return {
    name: `publish-${mode}-${storage}`,
    title: `128 B, ${title}, ${storage}`,
    group: "JetStream publish",
    program: "jetstream-publish",
    sides,
    params: { ...TIMES, size: 128, mode, storage },
  };
}

/**
 * @param {string} storage
 * @param {{ mode: string, title: string, acks: boolean, capacity?: number, sides: readonly string[] }} how
 */
function consumeCase(storage, { mode, title, acks, capacity, sides }) {
  return {
    name: `consume-${mode}${mode === "callback" ? (acks ? "-acks" : "-no-acks") : ""}-${storage}`,
    title: `128 B, ${title}, ${storage}`,
    group: "JetStream consume",
    program: "jetstream-consume",
    sides,
    // A stream of so many is read from its beginning again and again.
    params: { ...TIMES, size: 128, mode, acks, capacity, storage, stored: 200_000 },
  };
}

/** Over TCP on Node 24, with streams of one replica. */
export const JETSTREAM_CASES = STORAGES.flatMap((storage) => [
  ...[WINDOWED, ONE_BY_ONE].map((how) => publishCase(storage, how)),
  ...CONSUMED.map((how) => consumeCase(storage, how)),
]);

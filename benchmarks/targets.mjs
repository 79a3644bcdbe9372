import { plain, times } from "./format.mjs";
import { titleIn } from "./parts.mjs";
import { figure, ratio, verdict } from "./statistics.mjs";

const HEAD = ["case", "measure", "against", "target", "measured", "reached"];

const faster = (name, against, atLeast) => ({ name, against, measure: "throughput", atLeast });
const leaner = (name, against, atMost) => ({ name, against, measure: "cpu", atMost });

/** @typedef {{ name: string, against?: string, measure: string, atLeast?: number, atMost?: number }} Target */

/** @type {readonly Target[]} */
const FOUNDATION = [
  faster("publish-16b-yield", "nats.js", 4),
  leaner("publish-16b-yield", "nats.js", 0.2),
  faster("publish-16b-yield", "nats.go", 0.95),
  leaner("publish-16b-yield", "nats.go", 1.1),
  leaner("publish-16b-yield", "before", 0.7),
  faster("publish-128b-yield", "nats.js", 2.2),
  leaner("publish-128b-yield", "nats.js", 0.25),
  faster("publish-128b-yield", "nats.go", 0.95),
  leaner("publish-128b-yield", "nats.go", 1.1),
  leaner("publish-128b-yield", "before", 0.7),
  faster("publish-16b-ready", "before", 0.9),
  leaner("receive-16b-callback", "nats.js", 0.45),
  leaner("receive-16b-callback", "nats.go", 0.8),
  leaner("receive-16b-iterator", "nats.js", 0.45),
  leaner("receive-16b-iterator", "nats.go", 0.8),
  faster("request-256", "nats.js", 6),
  faster("request-256", "nats.go", 2),
  leaner("request-256", "nats.go", 0.7),
  faster("request-256", "before", 1.05),
  faster("request-1", "nats.js", 1.4),
  faster("request-1", "nats.go", 1.05),
  leaner("request-1", "nats.go", 0.8),
  faster("publish-json-200b", "nats.js", 2),
  faster("publish-json-2kb", "nats.js", 2),
  faster("publish-json-200b-headers", "nats.js", 2),
  faster("receive-json-200b", "nats.js", 2),
  faster("receive-json-2kb", "nats.js", 2),
  faster("receive-json-200b-headers", "nats.js", 2),
  { name: "memory-16b", measure: "memory", atMost: 120 },
];

/** @type {readonly Target[]} */
const DETAILS = [
  faster("details-publish-1kib-yield", "nats.js", 2),
  leaner("details-publish-1kib-yield", "nats.js", 0.4),
  faster("details-publish-1kib-yield", "nats.go", 0.95),
  leaner("details-publish-1kib-yield", "nats.go", 1.1),
  leaner("details-receive-128b-callback", "nats.js", 0.45),
  leaner("details-receive-128b-callback", "nats.go", 0.8),
  leaner("details-receive-128b-iterator", "nats.js", 0.45),
];

/** What there is a target for is stored in a file. @type {readonly Target[]} */
const JETSTREAM = [
  faster("jetstream-publish-window-file", "nats.go", 1),
  faster("jetstream-publish-window-file", "nats.js", 6),
  leaner("jetstream-publish-window-file", "nats.js", 0.15),
  faster("jetstream-publish-one-file", "nats.js", 1.2),
  faster("jetstream-consume-callback-acks-file", "nats.go", 1),
  leaner("jetstream-consume-callback-acks-file", "nats.js", 0.5),
  faster("jetstream-consume-callback-no-acks-file", "nats.go", 1),
  leaner("jetstream-consume-callback-no-acks-file", "nats.js", 0.55),
  faster("jetstream-consume-loop-file", "nats.js", 2),
  leaner("jetstream-consume-loop-file", "nats.js", 0.3),
  faster("jetstream-consume-ordered-file", "nats.go", 1),
  leaner("jetstream-consume-ordered-file", "nats.js", 0.5),
  faster("jetstream-consume-fetch-file", "nats.js", 2.5),
  faster("jetstream-consume-fetch-file", "nats.go", 0.9),
  faster("jetstream-consume-next-file", "nats.js", 1.2),
];

const lighter = (name, measure, atMost) => ({ name, measure, atMost });

/** @type {readonly Target[]} */
const STORES = [
  faster("kv-put-1", "nats.js", 1.2),
  faster("kv-get-1", "nats.js", 1.2),
  faster("kv-put-100", "nats.js", 3),
  faster("kv-put-100", "nats.go", 1),
  faster("kv-get-100", "nats.js", 2.8),
  faster("kv-get-100", "nats.go", 1),
  faster("kv-keys", "nats.js", 2),
  faster("kv-keys", "nats.go", 0.95),
  faster("kv-watch", "nats.js", 2),
  faster("kv-watch", "nats.go", 0.95),
  lighter("kv-view", "memory", 600),
  faster("objects-put", "nats.js", 2.5),
  faster("objects-put", "nats.go", 0.85),
  lighter("objects-put", "peak", 64),
  faster("objects-get", "nats.js", 1.3),
  faster("objects-get", "nats.go", 0.9),
  lighter("objects-get", "peak", 64),
  lighter("objects-stalled", "peak", 64),
  faster("services-endpoint-256", "nats.js", 4),
  faster("services-endpoint-256", "nats.go", 1.1),
];

/** Elsewhere natspeed only has to be no slower than nats.js, in each case. @returns {readonly Target[]} */
function targetsOf({ name, part, sides }) {
  if (part.page !== "docs/benchmarks-runtimes.md" && part.name !== "node-20")
    return [...FOUNDATION, ...DETAILS, ...JETSTREAM, ...STORES].filter((target) => target.name === name);
  return sides.includes("nats.js") ? [faster(name, "nats.js", 1)] : [];
}

/** @param {Target} target */
function measuredAgainst({ against, measure }, rounds) {
  return against ? ratio(rounds, "natspeed", against, measure) : figure(rounds, "natspeed", measure);
}

/** @param {Target} target */
function bound({ atLeast, atMost, against, measure }) {
  const limit = atLeast ?? atMost;
  const unit = against ? "x" : measure === "peak" ? " MiB" : " B";
  return `${atLeast === undefined ? "at most" : "at least"} ${limit}${unit}`;
}

function whatOf({ part, group, title }) {
  return `${titleIn(part, group.toLowerCase())}: ${title}`;
}

/** A row for each target, judged by the whole interval of the median. */
export function targetsTable(measured) {
  const rows = measured.flatMap(({ benchmark, rounds }) =>
    targetsOf(benchmark).map((target) => {
      const value = measuredAgainst(target, rounds);
      return [
        whatOf(benchmark),
        target.measure,
        target.against ?? "–",
        bound(target),
        target.against ? times(value) : plain(value),
        verdict(target, value),
      ];
    }),
  );
  return { title: "Targets", head: HEAD, rows };
}

/** What the same build comes to against itself: as far from 1 as these are, any ratio may be for no reason. */
export function noiseTable(measured) {
  const rows = measured
    .filter(({ benchmark }) => benchmark.sides.includes("again"))
    .map(({ benchmark, rounds }) => [
      whatOf(benchmark),
      ...["throughput", "cpu"].map((measure) => times(ratio(rounds, "natspeed", "again", measure))),
    ]);
  return { title: "Noise: natspeed against itself", head: ["case", "messages/s", "CPU"], rows };
}

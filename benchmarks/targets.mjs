import { plain, times } from "./format.mjs";
import { titleIn } from "./parts.mjs";
import { figure, ratio } from "./statistics.mjs";

const HEAD = ["case", "measure", "against", "target", "measured", "reached"];

const faster = (name, against, atLeast) => ({ name, against, measure: "throughput", atLeast });
const leaner = (name, against, atMost) => ({ name, against, measure: "cpu", atMost });

const FOUNDATION = [
  faster("publish-16b-yield", "nats.js", 4),
  leaner("publish-16b-yield", "nats.js", 1 / 5),
  faster("publish-16b-yield", "nats.go", 0.95),
  faster("publish-128b-yield", "nats.js", 2.2),
  leaner("publish-128b-yield", "nats.js", 1 / 4),
  faster("publish-128b-yield", "nats.go", 0.95),
  faster("publish-1kib-yield", "nats.js", 2),
  leaner("publish-1kib-yield", "nats.js", 2 / 5),
  faster("publish-1kib-yield", "nats.go", 0.95),
  ...["receive-16b", "receive-128b"].flatMap((received) => [
    leaner(`${received}-callback`, "nats.js", 0.45),
    leaner(`${received}-callback`, "nats.go", 0.8),
    leaner(`${received}-iterator`, "nats.js", 0.45),
  ]),
  faster("request-256", "nats.js", 6),
  faster("request-256", "nats.go", 2),
  faster("request-1", "nats.js", 1.4),
  faster("request-1", "nats.go", 1.05),
  { name: "memory-16b", measure: "memory", atMost: 250 },
];

/** Elsewhere natspeed only has to be no slower than nats.js, in each case. */
function targetsOf({ name, part }) {
  if (part.name === "foundation") return FOUNDATION.filter((target) => target.name === name);
  return [faster(name, "nats.js", 1)];
}

function measuredAgainst({ against, measure }, results) {
  const own = results.get("natspeed");
  return against ? ratio(own, results.get(against), measure) : figure(own, measure);
}

function verdict({ atLeast = -Infinity, atMost = Infinity }, measured) {
  if (!measured) return "not measured";
  return measured.median >= atLeast && measured.median <= atMost ? "yes" : "**no**";
}

function bound({ atLeast, atMost, against }) {
  const limit = atLeast ?? atMost;
  return `${atLeast === undefined ? "at most" : "at least"} ${limit}${against ? "x" : " B"}`;
}

function whatOf({ part, group, title }) {
  return `${titleIn(part, group.toLowerCase())}: ${title}`;
}

/** A row for each target, judged by the median of the ratios of the rounds. */
export function targetsTable(measured) {
  const rows = measured.flatMap(({ benchmark, results }) =>
    targetsOf(benchmark).map((target) => {
      const value = measuredAgainst(target, results);
      const shown = target.against ? times(value) : plain(value);
      return [
        whatOf(benchmark),
        target.measure,
        target.against ?? "–",
        bound(target),
        shown,
        verdict(target, value),
      ];
    }),
  );
  return { title: "Targets", head: HEAD, rows };
}

import { plain, scaled, times } from "./format.mjs";
import { PARTS, titleIn } from "./parts.mjs";
import { figure, ratio } from "./statistics.mjs";

const SUBJECT_OF_STUDY = "natspeed";

const throughput = { measure: "throughput", head: "messages/s", show: scaled };
const cpu = { measure: "cpu", head: "CPU, µs a message", show: plain };
const bytes = { measure: "throughput", head: "bytes/s", show: scaled };
const peak = { measure: "peak", head: "peak above the start, MiB", show: plain };
const perKey = { measure: "memory", head: "bytes a key", show: plain };
const operations = { measure: "throughput", head: "a second", show: scaled };
const operationCpu = { measure: "cpu", head: "CPU, µs each", show: plain };
const memory = { measure: "memory", head: "bytes a message", show: plain };
const p50 = { measure: "p50", head: "median, µs", show: plain };
const p99 = { measure: "p99", head: "99th percentile, µs", show: plain };

/** A table shows some measures of the cases of one group of a part; a case may stand in two tables. */
const KINDS = [
  { title: "Publish", group: "Publish", columns: [throughput, cpu] },
  { title: "Receive", group: "Receive", columns: [throughput, cpu] },
  { title: "Requests", group: "Requests", columns: [throughput, cpu] },
  {
    title: "Latency of requests one by one",
    group: "Requests",
    only: ({ params }) => params.inFlight === 1,
    columns: [p50, p99],
  },
  { title: "JetStream publish", group: "JetStream publish", columns: [throughput, cpu] },
  { title: "JetStream consume", group: "JetStream consume", columns: [throughput, cpu] },
  { title: "Entries", group: "Entries", columns: [operations, operationCpu] },
  { title: "Listings", group: "Listings", columns: [operations, operationCpu] },
  { title: "Views", group: "Views", columns: [perKey] },
  { title: "Transfers", group: "Transfers", columns: [bytes, peak] },
  { title: "Stalled readers", group: "Stalled readers", columns: [peak] },
  { title: "Requests to an endpoint", group: "Services", columns: [operations, operationCpu] },
  { title: "Queued unread", group: "Queued unread", columns: [memory] },
];

/** One row a side: its figures, and how natspeed stands against it. */
function rowsOf({ benchmark, rounds }, columns, baseline) {
  const sides = [...new Set(rounds.flatMap((round) => Object.keys(round)))];
  return sides.map((side, index) => [
    index === 0 ? benchmark.title : "",
    side,
    ...columns.map(({ measure, show }) => show(figure(rounds, side, measure))),
    ...columns.map(({ measure }) => (side === baseline ? "" : times(ratio(rounds, baseline, side, measure)))),
  ]);
}

function headOf(columns, baseline) {
  const against = columns.map(({ head }) => `${baseline} against it, ${head.split(",")[0]}`);
  return ["case", "side", ...columns.map(({ head }) => head), ...against];
}

/** The tables of the measured cases: `{ title, head, rows }`; the ratios are those of `baseline`. */
export function tablesOf(measured, baseline = SUBJECT_OF_STUDY) {
  const tables = PARTS.flatMap((part) =>
    KINDS.map(({ title, group, only = () => true, columns }) => {
      const cases = measured.filter(({ benchmark: b }) => b.part === part && b.group === group && only(b));
      const rows = cases.flatMap((entry) => rowsOf(entry, columns, baseline));
      return { title: titleIn(part, title), head: headOf(columns, baseline), rows };
    }),
  );
  return tables.filter(({ rows }) => rows.length > 0);
}

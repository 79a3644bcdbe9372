import { markdownTable, scaled, times } from "../format.mjs";
import { unrest } from "../machine.mjs";
import { figure, median, ratio, verdict } from "../statistics.mjs";

const TARGET = { atLeast: 0.3 };

/**
 * The text of docs/benchmarks-server.md.
 *
 * @param {import("../results.mjs").Results} results
 * @param {readonly { name: string }[]} cases
 */
export function composeServerPage(results, cases) {
  const measured = cases
    .map((one) => ({ name: one.name, rounds: results.roundsOf(one) }))
    .filter(({ rounds }) => rounds.length > 0);
  const rows = measured.map(({ name, rounds }) => {
    const against = ratio(rounds, "in-process", "nats-server", "throughput");
    const shown = ["in-process", "nats-server"].map((side) => scaled(figure(rounds, side, "throughput")));
    return [name, ...shown, times(against), verdict(TARGET, against)];
  });
  const noise = measured
    .map(({ name, rounds }) => [name, times(ratio(rounds, "in-process", "again", "throughput"))])
    .filter(([, shown]) => shown !== "–");
  const starts = measured.flatMap(({ rounds }) => rounds.flatMap((round) => round["in-process"]?.took ?? []));
  const unquiet = unrest(results.sessions);
  const counts = measured.map(({ rounds }) => rounds.length);
  return `# The in-process server beside nats-server

Written by \`npm run bench:server\`; nothing else should run then. One raw publisher, one raw subscriber on another connection,
over loopback; the load and each server in processes of their own, three seconds a measurement, in turns. Each figure is the
median of the rounds, with the interval in brackets in which the median of very many rounds would lie (95 %, a bootstrap); the
ratios are taken within each round. The aim is at least 0.3x of nats-server's rate: the in-process server is for development
and tests. It runs on one core; nats-server has all of them, and with more cores than here it gets further ahead.
[benchmarks/results](../benchmarks/results/benchmarks-server.json) has each round.
${unquiet === undefined ? "" : `\n**${unquiet}**\n`}
${markdownTable(["case", "in-process, messages/s", "nats-server, messages/s", "ratio", "at least 0.3x"], rows)}

The in-process server against itself, which shows the noise:

${markdownTable(["case", "ratio"], noise)}

\`startServer()\` takes ${median(starts).toFixed(1)} ms (median of ${starts.length} starts, each the first of its process; the aim is 30 ms).

${markdownTable(
  ["what", "which"],
  [
    ...results.machine,
    ["dates", [...new Set(results.sessions.map(({ date }) => date))].join(", ")],
    ["rounds of a case", `${Math.min(...counts)} to ${Math.max(...counts)}`],
  ],
)}
`;
}

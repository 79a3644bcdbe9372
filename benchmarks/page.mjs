import { readFileSync } from "node:fs";
import { markdownTable } from "./format.mjs";
import { busyCores, isByLoad, unrest } from "./machine.mjs";
import { tablesOf } from "./tables.mjs";
import { noiseTable, targetsTable } from "./targets.mjs";

const NOTES = /<!-- notes -->[^]*<!-- \/notes -->/;
const NO_NOTES = "<!-- notes -->\n<!-- /notes -->";

/** The hand-written part of the page that is there now. */
function notesOf(path) {
  try {
    return readFileSync(path, "utf8").match(NOTES)?.[0] ?? NO_NOTES;
  } catch (error) {
    if (error.code === "ENOENT") return NO_NOTES;
    throw error;
  }
}

function section({ title, head, rows }) {
  return `## ${title}\n\n${markdownTable(head, rows)}`;
}

/** @param {import("./results.mjs").Results} results */
function machineRows(results, measured) {
  const counts = measured.map(({ rounds }) => rounds.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return [
    ...results.machine,
    ["dates", [...new Set(results.sessions.map(({ date }) => date))].join(", ")],
    [
      results.sessions.some(isByLoad)
        ? "load average, or cores busy, at the starts"
        : "cores busy at the starts",
      results.sessions.map((session) => busyCores(session).toFixed(2)).join(", "),
    ],
    ["rounds of a case", least === most ? String(least) : `${least} to ${most}`],
  ];
}

/** The text of the page, with the notes of the page at `notesFrom`. */
export function composePage({ introduction, notesFrom, results, measured }) {
  const noise = unrest(results.sessions);
  const noises = noiseTable(measured);
  const missing = [...new Set(measured.flatMap(({ benchmark, rounds }) => missingFrom(benchmark, rounds)))];
  const parts = [
    introduction,
    ...(noise ? [`**${noise}**`] : []),
    ...missing,
    notesOf(notesFrom),
    section(targetsTable(measured)),
    ...(noises.rows.length > 0 ? [section(noises)] : []),
    section({ title: "Machine", head: ["what", "which"], rows: machineRows(results, measured) }),
    ...tablesOf(measured).map(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

function missingFrom({ part, sides }, rounds) {
  return sides
    .filter((side) => rounds.every((round) => !(side in round)))
    .map((side) => `${side} on ${part.runtime} was left out of some cases.`);
}

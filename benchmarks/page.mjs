import { readFileSync } from "node:fs";
import { markdownTable } from "./format.mjs";
import { tablesOf } from "./tables.mjs";
import { targetsTable } from "./targets.mjs";

const NOTES = /<!-- notes -->[^]*<!-- \/notes -->/;
const NO_NOTES = "<!-- notes -->\n<!-- /notes -->";

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; only what stands between the notes markers is kept when it is written
again. [benchmarks/README.md](../benchmarks/README.md) says how it is measured.

Each figure is the median of the rounds, with the least and the greatest in brackets. A ratio is
natspeed's figure divided by that of the other side, taken within each round; its median is not
always the ratio of the two medians. More is better for messages/s, less for everything else. CPU is
user and system time of the client's process.`;

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

function leftOutOf(leftOut) {
  return leftOut.map(({ name, why }) => `${name} was left out: ${why}.`);
}

/** The text of the page, with the notes of the page at `notesFrom`. */
export function composePage({ notesFrom, machine, rounds, measured, leftOut, unrest }) {
  const parts = [
    INTRODUCTION,
    ...(unrest ? [`**${unrest}**`] : []),
    ...leftOutOf(leftOut),
    notesOf(notesFrom),
    section(targetsTable(measured)),
    section({
      title: "Machine",
      head: ["what", "which"],
      rows: [...machine, ["rounds", String(rounds)]],
    }),
    ...tablesOf(measured).map(section),
  ];
  return `${parts.join("\n\n")}\n`;
}

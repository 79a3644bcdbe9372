import { readFileSync } from "node:fs";
import { markdownTable } from "./format.mjs";
import { nameOf } from "./contestants.mjs";
import { tablesOf } from "./tables.mjs";
import { targetsTable } from "./targets.mjs";

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

function leftOutOf(leftOut) {
  return leftOut.map((side) => `${nameOf(side)} was left out: ${side.why}.`);
}

/** The text of the page, with the notes of the page at `notesFrom`. */
export function composePage({ introduction, notesFrom, machine, rounds, measured, leftOut, unrest }) {
  const parts = [
    introduction,
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

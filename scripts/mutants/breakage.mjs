// What the lists in test/mutants hold, and whether they still fit the code.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { listTitles } from "../behaviours.mjs";

/**
 * A way to break the code, and the test that must notice.
 *
 * @typedef {object} Breakage
 * @property {string} what The defect, as a user would tell it.
 * @property {string} file The source, from the package's folder.
 * @property {string} from A text that the source holds exactly once.
 * @property {string} to What stands there instead.
 * @property {string} caughtBy `<file within test/>: <part of the test's title>`, as in behaviours.md.
 * @property {"default" | "websocket" | "in-process" | "memory"} [project] Vitest's project; "default" unless given.
 */

/** @typedef {Breakage & { area: string, testFile: string, title: string }} ListedBreakage */

/** All breakages, by area and in their lists' order. @param {string} root @returns {Promise<ListedBreakage[]>} */
export async function readBreakages(root) {
  const folder = join(root, "test/mutants");
  const lists = readdirSync(folder)
    .filter((name) => name.endsWith(".mjs"))
    .sort();
  const listed = [];
  for (const list of lists) {
    /** @type {{ default: Breakage[] }} */
    const { default: breakages } = await import(pathToFileURL(join(folder, list)).href);
    for (const breakage of breakages) {
      const [testFile = "", title = ""] = splitOnce(breakage.caughtBy, ": ");
      listed.push({ ...breakage, area: list.slice(0, -".mjs".length), testFile, title });
    }
  }
  return listed;
}

/** Why a breakage can't be tried; undefined if it can. @param {string} root @param {ListedBreakage} breakage */
export function staleReason(root, { file, from, to, testFile, title }) {
  const source = read(join(root, file));
  if (source === undefined) return `there is no ${file}`;
  const count = source.split(from).length - 1;
  if (count !== 1) return `${file} holds ${count === 0 ? "no" : count} ${JSON.stringify(from)}`;
  if (from === to) return "it changes nothing";
  const tests = read(join(root, "test", testFile));
  if (tests === undefined) return `there is no test/${testFile}`;
  if (title === "" || !hasTitle(root, testFile, tests, title))
    return `test/${testFile} has no test "${title}"`;
  return undefined;
}

/**
 * Whether a test's title has this part. Tests that are made from a group of scenarios have it in the group's file.
 *
 * @param {string} root @param {string} testFile @param {string} tests @param {string} title
 */
function hasTitle(root, testFile, tests, title) {
  if (listTitles(tests).some((one) => one.includes(title))) return true;
  const groups = Array.from(tests.matchAll(/from "(\.\/groups\/[^"]+)"/g), ([, path = ""]) => path);
  const folder = dirname(join(root, "test", testFile));
  return groups.some((path) => read(join(folder, path))?.includes(title) === true);
}

/** @param {string} text @param {string} separator */
function splitOnce(text, separator) {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

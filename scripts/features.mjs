// node scripts/features.mjs: whether docs/feature-table.md has every capability of JetStream and of what stands on it that NATS clients know, with
// what covers it and its tests, and tells the truth. With --write the column of tests is made anew.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The capabilities by group, with the number of the last one; the first is 1, and there is no hole. */
const GROUPS = {
  "JS-CTX": 13,
  "JS-PUB": 13,
  "JS-BATCH": 10,
  "JS-FAST": 9,
  "JS-SCHED": 12,
  "JS-CTR": 6,
  "JS-PUBERR": 48,
  "JS-STR": 46,
  "JS-CON": 31,
  "JS-PULL": 24,
  "JS-PUSH": 9,
  "JS-STATUS": 36,
  "JS-MSG": 11,
  "JS-GET": 8,
  "JS-ADV": 9,
  KV: 41,
  OBJ: 20,
  SVC: 18,
};

const PAGE = "docs/feature-table.md";

/**
 * @typedef {object} Sources
 * @property {string} page The text of docs/feature-table.md.
 * @property {ReadonlyMap<string, string>} tests The text of each test file, by its path within test/.
 */

/** @typedef {{ line: number, text: string }} Problem */

// | JS-CTX-01 | Account info | `js.accountInfo()` | `jetstream/context/account-info.test.ts` |
const ROW = /^\| ((?:JS-[A-Z]+|KV|OBJ|SVC)-\d\d) \| (.*) \| (.*) \|(?: (.*))? \|$/;

/**
 * Everything that is wrong with the page, in the order of its lines.
 *
 * @param {Sources} sources
 * @returns {Problem[]}
 */
export function findProblems({ page, tests }) {
  const named = filesByIds(tests);
  /** @type {Map<string, number>} */
  const seen = new Map();
  const lines = page.split("\n");
  const problems = lines.flatMap((row, at) => problemsOf(row, at + 1, seen, named));
  for (const id of listIds())
    if (!seen.has(id)) problems.push({ line: lines.length, text: `${id} is missing` });
  return problems;
}

/**
 * What is wrong with a line, which is noted as seen if it is a row.
 *
 * @param {string} row
 * @param {number} line
 * @param {Map<string, number>} seen
 * @param {ReadonlyMap<string, readonly string[]>} named
 * @returns {Problem[]}
 */
function problemsOf(row, line, seen, named) {
  const [, id, what = "", covered = "", where = ""] = ROW.exec(row) ?? [];
  if (id === undefined) {
    return /^\|\s*(?:JS|KV|OBJ|SVC)-/.test(row) ? [{ line, text: `not a row of four cells: ${row}` }] : [];
  }
  const texts = [];
  const before = seen.get(id);
  if (before !== undefined) texts.push(`${id} is listed already in line ${before}`);
  if (!listIds().has(id)) texts.push(`${id} is no capability`);
  seen.set(id, line);
  if (what.trim() === "" || covered.trim() === "") texts.push(`${id} has an empty cell`);
  const problem = problemOf(covered, where, named.get(id) ?? []);
  if (problem !== undefined) texts.push(`${id}: ${problem}`);
  return texts.map((text) => ({ line, text }));
}

/**
 * @param {string} covered
 * @param {string} where
 * @param {readonly string[]} files
 * @returns {string | undefined}
 */
function problemOf(covered, where, files) {
  const isLeftOut = covered.startsWith("not covered: ");
  if (isLeftOut)
    return files.length === 0 ? undefined : `it has tests, ${files.join(", ")}, and is not covered`;
  if (files.length === 0) return "no test names it";
  return where === shownFiles(files) ? undefined : `its tests are ${shownFiles(files)}`;
}

/** @param {readonly string[]} files */
function shownFiles(files) {
  return files.map((file) => `\`${file}\``).join(" ");
}

/**
 * The page with the column of tests made anew.
 *
 * @param {Sources} sources
 * @returns {string}
 */
export function fill({ page, tests }) {
  const named = filesByIds(tests);
  return page
    .split("\n")
    .map((row) => {
      const [, id, what, covered] = ROW.exec(row) ?? [];
      if (id === undefined) return row;
      const files = shownFiles(named.get(id) ?? []);
      return `| ${id} | ${what} | ${covered} |${files === "" ? "" : ` ${files}`} |`;
    })
    .join("\n");
}

/** @returns {ReadonlySet<string>} */
export function listIds() {
  return new Set(Object.entries(GROUPS).flatMap(([group, last]) => idsOf(group, 1, last)));
}

/** @param {string} group @param {number} first @param {number} last */
function idsOf(group, first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => `${group}-${String(first + i).padStart(2, "0")}`);
}

// JS-PUB-04 · JS-PUBERR-02..48 · KV-01
const NAMED = /\b(JS-[A-Z]+|KV|OBJ|SVC)-(\d\d)(?:\.\.(?:(?:JS-[A-Z]+|KV|OBJ|SVC)-)?(\d\d))?/g;

/**
 * The capabilities that the titles of a test file name, or the tables that titles are made of. Comments don't count.
 *
 * @param {string} source
 * @returns {ReadonlySet<string>}
 */
export function idsIn(source) {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$|\s\/\/ .*$/gm, "");
  const ids = Array.from(code.matchAll(NAMED)).flatMap(([, group = "", first, last = first]) =>
    idsOf(group, Number(first), Number(last)),
  );
  return new Set([...ids, ...idsOfRows(code)]);
}

/**
 * The title of a table that has `JS-STATUS-%s`, and the number at the beginning of each row.
 *
 * @param {string} code
 */
function idsOfRows(code) {
  const numbers = Array.from(code.matchAll(/\[\s*"(\d\d)",/g), ([, number]) => Number(number));
  return Array.from(code.matchAll(/\b(JS-[A-Z]+)-%s/g)).flatMap(([, group = ""]) =>
    numbers.flatMap((number) => idsOf(group, number, number)),
  );
}

/**
 * @param {ReadonlyMap<string, string>} tests
 * @returns {ReadonlyMap<string, readonly string[]>}
 */
function filesByIds(tests) {
  /** @type {Map<string, string[]>} */
  const files = new Map();
  for (const [file, source] of tests) {
    for (const id of idsIn(source)) files.set(id, [...(files.get(id) ?? []), file]);
  }
  return files;
}

/** @param {URL} root @returns {Sources} */
export function readSources(root) {
  const folder = new URL("test/", root);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^(?:unit\/)?(?:jetstream|kv|object-store|services)\/.*\.test\.ts$/.test(file))
    .toSorted();
  return {
    page: readFileSync(new URL(PAGE, root), "utf8"),
    tests: new Map(files.map((file) => [file, readFileSync(new URL(file, folder), "utf8")])),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = new URL("../", import.meta.url);
  const sources = readSources(root);
  if (process.argv.includes("--write")) {
    sources.page = fill(sources);
    writeFileSync(new URL(PAGE, root), sources.page);
  }
  const problems = findProblems(sources);
  for (const { line, text } of problems) console.log(`${PAGE}:${line}: ${text}`);
  console.log(`${listIds().size} capabilities, ${problems.length} problems`);
  process.exit(problems.length > 0 ? 1 : 0);
}

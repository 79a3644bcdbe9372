// node scripts/behaviours.mjs: whether test/behaviours.md tells of every behaviour where it is pinned, and tells the truth.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The behaviours of nats.go that the page has a line for, by group; the gaps are those of their numbering. */
const BEHAVIOURS = `
  STAT 01-15 20-29, OPT 01-38, URL 01-10, POOL 01-14 20-27, DIAL 01-09, TLS 01-11, WS 01-20, INFO 01-12, HS 01-16,
  WIRE 01-06 10-25, AUTH 01-12 15-26, CRED 01-13, CONN 01-20, RECON 01-34, BUF 01-18, PUB 01-15, HDR 01-17,
  SUB 01-14 20-25 30-38, MSGQ 01-09, NEXT 01-10, SLOW 01-12, INBOX 01-06, REQ 01-21, FLUSH 01-17,
  DRAIN 01-10 20-32, CLOSE 01-11, CB 01-13 20, ERR 01-11, LDM 01-03, BARRIER 01-08, CONC 01-07, SC 01-40,
  JS 01-13 15-16 20-26 30-36, JSP 01-04 20-25, JSS 01-15, JSF 01-05, JSM 01-11, KV 01-11, OBJ 01-04`;

/**
 * @typedef {object} Sources
 * @property {string} page The text of test/behaviours.md.
 * @property {string} differences The text of docs/differences-from-nats.go.md.
 * @property {ReadonlyMap<string, readonly string[]>} tests The full titles in each test file, by its path within test/.
 */

/** @typedef {{ line: number, text: string }} Problem */

const PAGE = "test/behaviours.md";
const DIFFERENCES = "docs/differences-from-nats.go.md";

/**
 * Everything that is wrong with the page, in the order of its lines.
 *
 * @param {Sources} sources
 * @returns {Problem[]}
 */
export function findProblems({ page, differences, tests }) {
  const known = listIds();
  const anchors = listAnchors(differences);
  /** @type {Map<string, number>} */
  const seen = new Map();
  /** @type {Problem[]} */
  const problems = [];
  const lines = page.split("\n");
  for (const [at, row] of lines.entries()) {
    const line = at + 1;
    const cells = /^\| ([A-Z]+-\d+) \| (.*) \| (.*) \|$/.exec(row);
    if (cells === null) {
      if (/^\|\s*[A-Z]+-\d/.test(row)) problems.push({ line, text: `not a row of three cells: ${row}` });
      continue;
    }
    const [, id = "", what = "", where = ""] = cells;
    const before = seen.get(id);
    if (before !== undefined) problems.push({ line, text: `${id} is listed already in line ${before}` });
    if (!known.has(id)) problems.push({ line, text: `${id} is no behaviour` });
    if (what.trim() === "") problems.push({ line, text: `${id} does not say what it is` });
    seen.set(id, line);
    for (const text of problemsOf(where, anchors, tests)) problems.push({ line, text: `${id}: ${text}` });
  }
  for (const id of known) {
    if (!seen.has(id)) problems.push({ line: lines.length, text: `${id} is missing` });
  }
  return problems;
}

// `<file>: <part of a title>` · [difference: <heading>](../docs/differences-from-nats.go.md#<anchor>)
const PIN =
  /`([^`]+?\.test\.ts): ([^`]+)`|\[difference: ([^\]]+)\]\(\.\.\/docs\/differences-from-nats\.go\.md#([^)]+)\)/g;

/**
 * What is wrong with the places that pin one behaviour.
 *
 * @param {string} where
 * @param {ReadonlyMap<string, string>} anchors
 * @param {Sources["tests"]} tests
 * @returns {string[]}
 */
function problemsOf(where, anchors, tests) {
  const problems = [];
  const rest = where.replaceAll(PIN, "").replaceAll("<br>", "").trim();
  if (rest === "open") problems.push("open");
  else if (rest !== "") problems.push(`neither a test nor a difference: ${rest}`);
  let count = 0;
  for (const [, file, title, heading, anchor] of where.matchAll(PIN)) {
    count++;
    if (file !== undefined && title !== undefined) problems.push(...problemsOfTest(file, title, tests));
    else if (anchors.get(String(anchor)) !== heading)
      problems.push(`no difference "${heading}" at #${anchor}`);
  }
  if (count === 0 && rest === "") problems.push("is pinned nowhere");
  return problems;
}

/**
 * @param {string} file
 * @param {string} part
 * @param {Sources["tests"]} tests
 * @returns {string[]}
 */
function problemsOfTest(file, part, tests) {
  const titles = tests.get(file);
  if (titles === undefined) return [`no test file ${file}`];
  const count = titles.filter((title) => title.includes(part)).length;
  if (count === 1) return [];
  return [count === 0 ? `no test "${part}" in ${file}` : `${count} tests "${part}" in ${file}`];
}

/** @returns {ReadonlySet<string>} */
export function listIds() {
  const ids = BEHAVIOURS.split(",").flatMap((group) => {
    const [name, ...ranges] = group.trim().split(/\s+/);
    return ranges.flatMap((range) => {
      const [first = 0, last = first] = range.split("-").map(Number);
      return Array.from(
        { length: last - first + 1 },
        (_, i) => `${name}-${String(first + i).padStart(2, "0")}`,
      );
    });
  });
  return new Set(ids);
}

/**
 * The headings of a page by their anchors, as GitHub makes them.
 *
 * @param {string} page
 * @returns {ReadonlyMap<string, string>}
 */
export function listAnchors(page) {
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => String(heading));
  return new Map(
    headings.map((heading) => {
      const kept = heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "");
      return [kept.replaceAll(" ", "-"), heading];
    }),
  );
}

// describe("<title>", … · it("<title>", … · test.each(<table>)("<title>", … · needs(<what>)("<title>", …
const CALL = /^([ ]*)(describe|it|test|needs\("[^"]*"\))((?:\.\w+)*)(?:<[^;]+?>)?\(/gm;

/**
 * The titles of all tests in a source, each behind those of its suites, as in `suite > test`. Placeholders of a table
 * stay as they are written. Relies on the formatter's indentation.
 *
 * @param {string} source
 * @returns {string[]}
 */
export function listTitles(source) {
  /** @type {{ indent: number, title: string }[]} */
  const suites = [];
  const titles = [];
  for (const match of source.matchAll(CALL)) {
    const [call, spaces = "", kind, modifiers = ""] = match;
    const title = titleAfter(
      source.slice(match.index + call.length),
      /\.(?:each|for|skipIf|runIf)$/.test(modifiers),
    );
    while (suites.length > 0 && /** @type {{ indent: number }} */ (suites.at(-1)).indent >= spaces.length)
      suites.pop();
    if (title === undefined) continue;
    if (kind === "describe") suites.push({ indent: spaces.length, title });
    else titles.push([...suites.map((suite) => suite.title), title].join(" > "));
  }
  return titles;
}

/**
 * @param {string} rest What follows a call's bracket.
 * @param {boolean} hasTable Whether the title is the argument of a second call.
 * @returns {string | undefined}
 */
function titleAfter(rest, hasTable) {
  const pattern = hasTable ? /\)\(\s*(["'`])((?:\\.|(?!\1).)*)\1/s : /^\s*(["'`])((?:\\.|(?!\1).)*)\1/s;
  return pattern.exec(rest)?.[2]?.replaceAll(/\\(.)/g, "$1");
}

/** @param {URL} root @returns {Sources} */
export function readSources(root) {
  const folder = new URL("test/", root);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".test.ts"),
  );
  const titles = files.map(
    (file) =>
      /** @type {const} */ ([
        file.replaceAll("\\", "/"),
        listTitles(readFileSync(new URL(file, folder), "utf8")),
      ]),
  );
  return {
    page: readFileSync(new URL(PAGE, root), "utf8"),
    differences: readFileSync(new URL(DIFFERENCES, root), "utf8"),
    tests: new Map(titles),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = findProblems(readSources(new URL("../", import.meta.url)));
  for (const { line, text } of problems) console.log(`${PAGE}:${line}: ${text}`);
  console.log(`${listIds().size} behaviours, ${problems.length} problems`);
  process.exit(problems.length > 0 ? 1 : 0);
}

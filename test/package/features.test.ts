import { describe, expect, test } from "vitest";
import { fill, findProblems, idsIn, listIds, readSources } from "../../scripts/features.mjs";

const TESTS = new Map([
  ["jetstream/a.test.ts", [...listIds()].map((id) => `it("[${id}] does", () => {});`).join("\n")],
]);

/** The problems of a page that has all rows but for what `change` does to one, at the end of which is a title. */
function problemsOf(id: string, change: (row: string) => string, tests = TESTS): string[] {
  const rows = [...listIds()].map((each) => `| ${each} | what | \`js\` | \`jetstream/a.test.ts\` |`);
  const page = rows.map((row) => (row.startsWith(`| ${id} |`) ? change(row) : row)).join("\n");
  return findProblems({ page, tests }).map(({ line, text }) => `${line}: ${text}`);
}

describe("the check of docs/feature-table.md", () => {
  test("knows all 364 capabilities, of JetStream and what stands on it", () => {
    expect(listIds().size).toBe(364);
    expect(listIds()).toContain("JS-PUBERR-48");
    expect(listIds()).not.toContain("JS-CTX-14");
  });

  test.each([
    ["a row with all its tests", (row: string) => row, []],
    ["an empty cell", (row: string) => row.replace("`js`", " "), ["3: JS-CTX-03 has an empty cell"]],
    [
      "another test",
      (row: string) => row.replace("/a.", "/b."),
      ["3: JS-CTX-03: its tests are `jetstream/a.test.ts`"],
    ],
    [
      "a row that is not covered, and is",
      (row: string) => row.replace("`js`", "not covered: nobody wants it"),
      ["3: JS-CTX-03: it has tests, jetstream/a.test.ts, and is not covered"],
    ],
    [
      "a row that is none",
      () => "| JS-CTX-03 |",
      ["3: not a row of four cells: | JS-CTX-03 |", "364: JS-CTX-03 is missing"],
    ],
    [
      "a row that is there twice",
      (row: string) => `${row}\n${row}`,
      ["4: JS-CTX-03 is listed already in line 3"],
    ],
    [
      "an unknown row",
      (row: string) => row.replace("CTX-03", "CTX-33"),
      ["3: JS-CTX-33 is no capability", "3: JS-CTX-33: no test names it", "364: JS-CTX-03 is missing"],
    ],
  ])("judges %s", (_what, change, problems) => {
    expect(problemsOf("JS-CTX-03", change)).toEqual(problems);
  });

  test("tells of a capability that no test names", () => {
    const tests = new Map([
      ["jetstream/a.test.ts", TESTS.get("jetstream/a.test.ts")!.replace("[JS-CTX-03]", "")],
    ]);
    expect(problemsOf("JS-CTX-03", (row) => row, tests)).toEqual(["3: JS-CTX-03: no test names it"]);
    expect(
      problemsOf("JS-CTX-03", (row) => row.replace("`js`", "not covered: nobody wants it"), tests),
    ).toEqual([]);
  });

  test("finds the IDs in titles and tables, and not in comments", () => {
    const source = `
      // JS-PUB-01
      /* JS-PUB-02 */
      it("[JS-PUB-03] [JS-PUB-04] stores", () => {}); // JS-PUB-05
      it.each([["JS-PUBERR-02", 10002]])("[%s] is told", () => {});
      it("[JS-STATUS-03..05] ends", () => {});
      it.each([["14", 408]])("[JS-STATUS-%s] knows %i", () => {});`;
    expect([...idsIn(source)]).toEqual([
      "JS-PUB-03",
      "JS-PUB-04",
      "JS-PUBERR-02",
      "JS-STATUS-03",
      "JS-STATUS-04",
      "JS-STATUS-05",
      "JS-STATUS-14",
    ]);
  });

  test("fills in the tests", () => {
    const page = "# Page\n\n| JS-CTX-01 | what | `js` | ? |";
    expect(fill({ page, tests: TESTS })).toBe(
      "# Page\n\n| JS-CTX-01 | what | `js` | `jetstream/a.test.ts` |",
    );
  });

  test("reads the tests of JetStream", () => {
    const { tests } = readSources(new URL("../../", import.meta.url));
    expect(tests.has("jetstream/context/api-calls.test.ts")).toBe(true);
    expect(
      [...tests.keys()].every((file) => /^(?:unit\/)?(?:jetstream|kv|object-store|services)\//.test(file)),
    ).toBe(true);
  });
});

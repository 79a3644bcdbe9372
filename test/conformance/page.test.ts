import { expect, test } from "vitest";
import { GROUPS } from "./groups/index.ts";
import { conformancePage } from "./page.ts";

test("docs/conformance.md has all scenarios; npm run conformance writes it", async () => {
  await expect(conformancePage(GROUPS)).toMatchFileSnapshot("../../docs/conformance.md");
});

test("scenarios of a group have names of their own", () => {
  for (const { name, scenarios } of GROUPS) {
    const names = scenarios.map((scenario) => scenario.name);
    expect(new Set(names).size, name).toBe(names.length);
  }
});

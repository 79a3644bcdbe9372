import { expect, test } from "vitest";
import { optionsPage } from "./options-page.ts";

test("docs/guide/options.md has all options; npx vitest run --update test/package/options-page writes it", async () => {
  await expect(optionsPage()).toMatchFileSnapshot("../../docs/guide/options.md");
});

test("every option is told in a sentence", () => {
  const silent = optionsPage()
    .split("\n")
    .filter((line) => /^\| `(?!tls\.)[^`]+` \| {2}\|/.test(line));
  expect(silent).toEqual([]);
});

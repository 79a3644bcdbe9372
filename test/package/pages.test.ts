import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MOVES } from "../../src/core/connection/state.ts";
import {
  argumentErrorCodes,
  authenticationErrorCodes,
  connectionErrorCodes,
  permissionErrorCodes,
  protocolErrorCodes,
  subscriptionErrorCodes,
  valueErrorCodes,
  waitErrorCodes,
} from "../../src/core/error-codes.ts";
import { jetStreamErrorCodes } from "../../src/jetstream/errors.ts";
import { kvErrorCodes } from "../../src/kv/errors.ts";
import { objectStoreErrorCodes } from "../../src/object-store/errors.ts";
import { serviceErrorCodes } from "../../src/services/errors.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

const codes = [
  argumentErrorCodes,
  connectionErrorCodes,
  authenticationErrorCodes,
  permissionErrorCodes,
  protocolErrorCodes,
  waitErrorCodes,
  subscriptionErrorCodes,
  valueErrorCodes,
  jetStreamErrorCodes,
  kvErrorCodes,
  objectStoreErrorCodes,
  serviceErrorCodes,
].flat();

function sources(): string {
  const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
  return files
    .filter(
      (file) =>
        file.endsWith(".ts") && !/(?:core|jetstream|kv|object-store|services)\/errors\.ts$/.test(file),
    )
    .map((file) => read(`src/${file}`))
    .join("\n");
}

describe("docs/errors.md", () => {
  const rows = [...read("docs/errors.md").matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!);

  it("has a row for each code, and for nothing else", () => {
    expect(rows.toSorted()).toEqual(codes.toSorted());
  });

  it("has only codes that the sources raise", () => {
    const text = sources();
    const inErrors = read("src/core/errors.ts").split("Whether `error` is one of this library's")[0]!;
    // As a value, or in a table by its name.
    const raised = (code: string): boolean =>
      text.includes(`"${code}"`) || text.includes(`${code}: [`) || inErrors.includes(`super("${code}"`);
    expect(codes.filter((code) => !raised(code))).toEqual([]);
  });

  it("gives each code a cause and a remedy", () => {
    const cells = [...read("docs/errors.md").matchAll(/^\| `[A-Z_]+` \|(.+)\|$/gm)].map((match) =>
      match[1]!.split(" | ").map((cell) => cell.trim()),
    );
    expect(cells.filter((row) => row.length < 2 || row.some((cell) => cell === ""))).toEqual([]);
  });
});

describe("docs/connection-lifecycle.md", () => {
  it("draws the moves of the table in the code [STAT-08]", () => {
    // The first drawing is of the connection; a move has states of its own.
    const [drawing] = /```mermaid.*?```/s.exec(read("docs/connection-lifecycle.md"))!;
    const drawn = [...drawing.matchAll(/^ +(\w+) --> (\w+):/gm)].map((match) => `${match[1]} ${match[2]}`);
    const legal = Object.entries(MOVES).flatMap(([from, tos]) => tos.map((to) => `${from} ${to}`));
    expect(drawn.toSorted()).toEqual(legal.toSorted());
  });
});

describe("docs/coming-from-nats.js.md", () => {
  const [, table = ""] = /^Types\n\n([\s\S]*?)\n\n/m.exec(read("docs/coming-from-nats.js.md")) ?? [];
  const rows = table.split("\n").slice(2);
  const entries = [
    "client.ts",
    "jetstream/index.ts",
    "kv/index.ts",
    "object-store/index.ts",
    "services/index.ts",
  ];
  const exported = entries.map((path) => read(`src/${path}`)).join("\n");

  it("has types in the place of those of nats.js that this package exports", () => {
    const named = rows.flatMap((row) => {
      const [, theirs = "", ours = ""] = row.split("|");
      const cells = ours.includes("the same") ? theirs + ours : ours;
      return [...cells.matchAll(/`([A-Z]\w+)/g)].map((match) => match[1]!);
    });
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !new RegExp(String.raw`\b${name}\b`).test(exported))).toEqual([]);
  });
});

describe("links between pages", () => {
  const pages = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].concat(
    readdirSync(new URL("docs/", root), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md"))
      .map((file) => `docs/${file}`),
  );

  it.each(pages)("%s links to what exists", (page) => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1]!);
    for (const target of targets) {
      const url = new URL(target, new URL(page, root));
      expect(() => readdirOrFile(url), `${page} -> ${target}`).not.toThrow();
    }
  });
});

function readdirOrFile(url: URL): unknown {
  return url.pathname.endsWith("/") ? readdirSync(url) : readFileSync(url);
}

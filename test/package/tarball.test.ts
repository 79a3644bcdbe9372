import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");

/** For who runs the benchmarks or the tests, and has the repository. */
const ONLY_IN_REPOSITORY =
  /^(?:benchmarks\/README\.md|benchmarks\/results\/[\w-]+\.json|test\/behaviours\.md)$/;

/** What npm would publish, by path. */
let packed: readonly string[] = [];

beforeAll(() => {
  const { stdout } = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  packed = files.map(({ path }) => path);
}, 60_000);

/** The relative links of a page, as paths of the package. */
function linksOf(page: string): string[] {
  return [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) =>
    posix.normalize(posix.join(posix.dirname(page), match[1]!)),
  );
}

describe("the tarball", () => {
  it("has every page that its README and its documentation link to", () => {
    const pages = packed.filter((path) => path === "README.md" || /^docs\/.*\.md$/.test(path));
    expect(pages.length).toBeGreaterThan(10);
    const isThere = (path: string): boolean =>
      packed.some((one) => one === path || one.startsWith(path.replace(/\/?$/, "/")));
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((link) => !isThere(link) && !ONLY_IN_REPOSITORY.test(link))
        .map((link) => `${page} -> ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it("has the sources that its source maps name, for stack traces and for editors", () => {
    const maps = packed.filter((path) => path.endsWith(".map"));
    const scripts = packed.filter((path) => /^dist\/.*\.js$/.test(path));
    expect(maps.filter((path) => path.endsWith(".js.map"))).toHaveLength(scripts.length);
    const broken = maps.flatMap((map) => {
      const { sources, sourceRoot = "" } = JSON.parse(read(map)) as {
        sources: string[];
        sourceRoot?: string;
      };
      const paths = sources.map((source) =>
        posix.normalize(posix.join(posix.dirname(map), sourceRoot, source)),
      );
      expect(paths.length).toBeGreaterThan(0);
      return paths.filter((path) => !packed.includes(path)).map((path) => `${map} -> ${path}`);
    });
    expect(broken).toEqual([]);
    const unmapped = scripts.filter(
      (path) => !read(path).includes(`//# sourceMappingURL=${posix.basename(path)}.map`),
    );
    expect(unmapped).toEqual([]);
  });
});

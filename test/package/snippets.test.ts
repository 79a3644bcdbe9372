import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { jetstream } from "../../src/jetstream/index.ts";
import { all } from "../support/fill.ts";
import { writeCredentials } from "../support/snippet-credentials.ts";
import { useServer } from "../support/nats-server.ts";
import { bundlePackage } from "./bundled-package.ts";
import { SnippetRunner } from "./run-snippet.ts";

/*
 * Every TypeScript snippet of the pages and of the docstrings is compiled against the package and run against a real
 * server. A snippet without an import is the middle of a program: in the README it follows the one before it, as whoever
 * pastes them one after another has it; elsewhere it gets a connection before and a close after it.
 */
const root = new URL("../../", import.meta.url);
const folder = new URL("build/snippets/", root);
const out = new URL("out/", folder);

interface Snippet {
  readonly name: string;
  readonly code: string;
}

function listing(path: string, ending: string): string[] {
  return readdirSync(new URL(path, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending))
    .map((file) => `${path}${file}`);
}

function snippetsOf(file: string): Snippet[] {
  const text = readFileSync(new URL(file, root), "utf8").replaceAll(/^ *\* ?/gm, (margin) =>
    file.endsWith(".ts") ? "" : margin,
  );
  const codes = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
  return (file === "README.md" ? joined(codes) : codes).map((code, i) => ({
    name: `${file.replaceAll(/[^a-z0-9]+/gi, "-")}-${i + 1}`,
    code,
  }));
}

/** Whole programs: each begins with an import. */
function joined(codes: readonly string[]): string[] {
  const programs: string[] = [];
  for (const code of codes) {
    if (code.startsWith("import {")) programs.push(code);
    else programs.push(`${programs.pop() ?? ""}\n${code}`);
  }
  return programs;
}

function program(code: string): string {
  if (code.includes("import {")) return code;
  return `import { connect } from "natspeed";\nconst nc = await connect();\n${code}\nawait nc.close();\nexport {};\n`;
}

const snippets = ["README.md", ...listing("docs/", ".md"), ...listing("src/", ".ts")].flatMap(snippetsOf);

describe("snippets", () => {
  const server = useServer({ jetstream: true });
  let runner: SnippetRunner | undefined;

  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const credentials = await writeCredentials(fileURLToPath(folder));
    runner = new SnippetRunner({ ...credentials, NATS_URL: server.url });
    for (const { name, code } of snippets) writeFileSync(new URL(`${name}.ts`, folder), program(code));
    const compilerOptions = { rootDir: ".", outDir: "out", noEmit: false, noUnusedLocals: false };
    writeFileSync(
      new URL("tsconfig.json", folder),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }),
    );
    const tsc = spawnSync(
      process.execPath,
      ["node_modules/typescript/bin/tsc", "-p", fileURLToPath(folder)],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    expect(tsc.stdout + tsc.stderr).toBe("");
    expect(tsc.status).toBe(0);
    await bundlePackage(fileURLToPath(out));
    // The same package, with the port that snippets name leading to the server of this test.
    writeFileSync(new URL("natspeed.js", out), WITH_SERVER);
  });

  afterAll(() => runner?.[Symbol.asyncDispose]());

  // Each is a program of its own, and many make a stream of the same name.
  afterEach(async () => {
    await using nc = await connect({ servers: server.url });
    const { streams } = jetstream(nc);
    for (const name of await all(streams.names())) await streams.delete(name);
  });

  it("are found in the pages and in the docstrings", () => {
    expect(snippets.filter(({ name }) => name.startsWith("README")).length).toBeGreaterThanOrEqual(3);
    expect(snippets.filter(({ name }) => name.startsWith("src")).length).toBeGreaterThanOrEqual(8);
  });

  it.each(snippets)("$name runs", async ({ name }) => {
    const script = new URL(`${name}.js`, out);
    const text = readFileSync(script, "utf8");
    // A snippet that starts a server connects to that one.
    const usesOwnServer = text.includes(`"natspeed/server"`);
    writeFileSync(script, usesOwnServer ? text : text.replace(`"natspeed"`, `"./natspeed.js"`));
    const ended = await runner!.run(script, text);
    expect(ended.output, ended.output).not.toMatch(/Error|not ok/);
    expect(ended, ended.output).toMatchObject({ code: 0, isComplete: true });
  });
});

// The server knows no users and does no TLS: authenticators are asked, and then left out as `tls` is.
const WITH_SERVER = `
import { connect as realConnect } from "natspeed";
export * from "natspeed";
export const connect = async (given = {}) => {
  const { authenticator = [], tls, ...options } = typeof given === "string" ? {} : given;
  for (const ask of [authenticator].flat()) await ask({ server: "", attempt: 1, signal: new AbortController().signal });
  return await realConnect({ ...options, servers: process.env.NATS_URL });
};
`;

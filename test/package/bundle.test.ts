import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type BuildResult, type Metafile } from "esbuild";
import { afterAll, describe, expect, test } from "vitest";

const KB = 1024;
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "natspeed-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bundles a program as an application would, for browsers; what is loaded on demand gets chunks of its own. */
async function bundle(source: string): Promise<{ size: number; chunks: number; inputs: string[] }> {
  const program = join(folder, "program.js");
  const entries = source
    .replaceAll('"natspeed"', JSON.stringify(`${dist}index.browser.js`))
    .replaceAll('"natspeed/server"', JSON.stringify(`${dist}server/index.browser.js`));
  writeFileSync(program, entries);
  const result: BuildResult<{ metafile: true; write: false }> = await build({
    entryPoints: [program],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const first = result.outputFiles.find(({ path }) => path.endsWith("program.js"))!;
  return {
    size: gzipSync(first.contents, { level: 9 }).length,
    chunks: result.outputFiles.length,
    inputs: inputsOf(result.metafile),
  };
}

function inputsOf({ inputs }: Metafile): string[] {
  return Object.keys(inputs);
}

describe("bundled for a browser", () => {
  test("nothing of Node and no library but NATS's own is in it", async () => {
    const { inputs } = await bundle('export * from "natspeed";');
    const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    // nkeys signs with tweetnacl; both are a chunk of their own, which only an nkey loads.
    expect(new Set(packages)).toEqual(new Set(["@nats-io/nuid", "@nats-io/nkeys", "tweetnacl"]));
  });

  // docs/decisions/0010-size-in-browsers.md has what it is made of, and why it is not 20 KB.
  test("connect() and all that it needs are 30 KB at most, minified and gzipped", async () => {
    const { size } = await bundle('import { connect } from "natspeed"; globalThis.connect = connect;');
    expect(size).toBeLessThan(30 * KB);
    expect(size).toBeGreaterThan(10 * KB);
  });

  // The protocol, the clients' sessions, accounts and permissions, operator JWTs and the faults. Its codec is its own on
  // purpose: a mistake must not cancel itself out. Errors and checks are those of the client.
  test("startServer() adds its own code alone, 24 KB at most", async () => {
    const client = 'import { connect } from "natspeed"; globalThis.connect = connect;';
    const server = 'import { startServer } from "natspeed/server"; globalThis.startServer = startServer;';
    const alone = await bundle(client);
    const both = await bundle(client + server);
    expect(both.size - alone.size).toBeLessThan(24 * KB);
    const added = both.inputs.filter((path) => !alone.inputs.includes(path));
    expect(added.length).toBeGreaterThan(20);
    // In memory is how its clients reach it.
    expect(added.filter((path) => !/dist\/(?:server\/|transport\/memory)/.test(path))).toEqual([]);
  });

  test("what is not used is not there", async () => {
    const { size } = await bundle(
      'import { isNatsError } from "natspeed"; globalThis.isNatsError = isNatsError;',
    );
    expect(size).toBeLessThan(1 * KB);
    const signing = await bundle(
      'import { nkeyAuthenticator } from "natspeed"; globalThis.nkey = nkeyAuthenticator;',
    );
    expect(signing.size).toBeLessThan(4 * KB);
    expect(signing.chunks).toBeGreaterThan(1);
    const made = await bundle(
      'import { connect, makeMessage } from "natspeed"; globalThis.all = { connect, makeMessage };',
    );
    const alone = await bundle('import { connect } from "natspeed"; globalThis.all = { connect };');
    expect(made.size - alone.size).toBeGreaterThan(200);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type BuildResult, type Metafile } from "esbuild";
import { type OutputChunk, rolldown } from "rolldown";
import { afterAll, describe, expect, test } from "vitest";

const KB = 1024;
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "natspeed-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Bundle {
  /** Gzipped bytes of the program and of every chunk that is loaded at once with it. */
  readonly size: number;
  /** The same bytes with brotli, which takes its time. */
  readonly brotli: () => number;
  readonly chunks: number;
  readonly inputs: string[];
  /** The inputs that are loaded at once. */
  readonly atOnce: string[];
}

/** The program with the entries as they were built. */
function withEntries(source: string): string {
  return source
    .replaceAll('"natspeed"', JSON.stringify(`${dist}index.browser.js`))
    .replaceAll('"natspeed/jetstream"', JSON.stringify(`${dist}jetstream/index.js`))
    .replaceAll('"natspeed/object-store"', JSON.stringify(`${dist}object-store/index.js`))
    .replaceAll('"natspeed/services"', JSON.stringify(`${dist}services/index.js`))
    .replaceAll('"natspeed/kv"', JSON.stringify(`${dist}kv/index.js`))
    .replaceAll('"natspeed/server"', JSON.stringify(`${dist}server/index.browser.js`));
}

/** By the program: most are compared with more than one other. */
const bundles = new Map<string, Promise<Bundle>>();

/** Bundles a program as an application would, for browsers; what is loaded on demand gets chunks of its own. */
function bundle(source: string): Promise<Bundle> {
  const made = bundles.get(source) ?? newBundle(source);
  bundles.set(source, made);
  return made;
}

async function newBundle(source: string): Promise<Bundle> {
  const program = join(folder, "program.js");
  writeFileSync(program, withEntries(source));
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
  const { outputs, inputs } = result.metafile;
  const files = loadedAtOnce(outputs);
  const contents = result.outputFiles
    .filter(({ path }) => files.some((file) => basename(file) === basename(path)))
    .map((file) => file.contents);
  return {
    ...compressed(contents),
    chunks: result.outputFiles.length,
    inputs: Object.keys(inputs),
    atOnce: files.flatMap((file) => Object.keys(outputs[file]!.inputs)),
  };
}

/** The same by rolldown, which is the bundler of Vite 8: what chunks share, it leaves in the program's file. */
async function bundleWithRolldown(source: string): Promise<Pick<Bundle, "size" | "brotli">> {
  const program = join(folder, "rolldown-program.js");
  writeFileSync(program, withEntries(source));
  const made = await rolldown({ input: program, platform: "browser", logLevel: "silent" });
  const { output } = await made.generate({ dir: folder, format: "esm", minify: true });
  await made.close();
  const chunks = output.filter((file): file is OutputChunk => file.type === "chunk");
  const files = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const file of files)
    chunks.find(({ fileName }) => fileName === file)!.imports.forEach((one) => files.add(one));
  const contents = chunks.filter(({ fileName }) => files.has(fileName)).map(({ code }) => Buffer.from(code));
  return compressed(contents);
}

function compressed(contents: readonly Uint8Array[]): Pick<Bundle, "size" | "brotli"> {
  return {
    size: total(contents.map((content) => gzipSync(content, { level: 9 }))),
    brotli: () => total(contents.map((content) => brotliCompressSync(content))),
  };
}

/** The program's file and what it imports, directly or not, other than by `import()`. */
function loadedAtOnce(outputs: Metafile["outputs"]): string[] {
  const files = new Set(Object.keys(outputs).filter((file) => basename(file) === "program.js"));
  for (const file of files) {
    for (const { kind, path } of outputs[file]!.imports) if (kind === "import-statement") files.add(path);
  }
  return [...files];
}

function total(contents: readonly Uint8Array[]): number {
  return contents.reduce((bytes, { length }) => bytes + length, 0);
}

const CLIENT = 'import { connect } from "natspeed"; globalThis.connect = connect;';
const STORED = 'import { jetstream } from "natspeed/jetstream"; globalThis.jetstream = jetstream;';

describe("bundled for a browser", () => {
  test("nothing of Node and no library but NATS's own is in it", async () => {
    const { inputs } = await bundle('export * from "natspeed";');
    const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    // nkeys signs with tweetnacl; both are a chunk of their own, which only an nkey loads.
    expect(new Set(packages)).toEqual(new Set(["@nats-io/nkeys", "tweetnacl"]));
  });

  // docs/decisions/0010-size-in-browsers.md has what it is made of, and why it is not 27 KiB. The limits are what is
  // reached and 2 %.
  test.each([
    ["esbuild", bundle, 48.5, 42.9],
    ["rolldown", bundleWithRolldown, 46.3, 40.7],
  ] as const)(
    "by %s, connect() and all that is loaded at once with it stay below their limits",
    async (_name, bundler, gzip, withBrotli) => {
      const { size, brotli } = await bundler(CLIENT);
      expect(size).toBeLessThan(gzip * KB);
      expect(size).toBeGreaterThan(10 * KB);
      expect(brotli()).toBeLessThan(withBrotli * KB);
    },
  );

  test("what moves a connection, and what few pages need, is not loaded at once with it", async () => {
    const { atOnce, inputs } = await bundle(CLIENT);
    const later = inputs.filter((path) => !atOnce.includes(path)).map((path) => basename(path));
    expect(later).toEqual(
      expect.arrayContaining([
        "hand-over.js",
        "retired-link.js",
        "collect-credentials.js",
        "platform-check.js",
        "sign-nonce.js",
        "response-collector.js",
        "pause-handlers.js",
        "warnings.js",
      ]),
    );
    // Those of other entries and of Node are not there at all.
    const others = inputs.filter((path) => /(?:inlet|watched-calls|former-names)\.js$/.test(path));
    expect(others).toEqual([]);
  });

  // The protocol, the clients' sessions, accounts and permissions, operator JWTs, the faults, and what clients ask it of
  // itself (CONNZ, STATZ, IDZ). Its codec is its own on purpose: a mistake must not cancel itself out. Errors and checks
  // are those of the client.
  test("startServer() adds its own code alone, 28 KB at most", async () => {
    const server = 'import { startServer } from "natspeed/server"; globalThis.startServer = startServer;';
    const alone = await bundle(CLIENT);
    const both = await bundle(CLIENT + server);
    expect(both.size - alone.size).toBeLessThan(28 * KB);
    const added = both.inputs.filter((path) => !alone.inputs.includes(path));
    expect(added.length).toBeGreaterThan(20);
    // In memory is how its clients reach it.
    expect(added.filter((path) => !/dist\/(?:server\/|transport\/memory)/.test(path))).toEqual([]);
  });

  // Every configuration field and its rules, the engines of pulling and of ordered reading, the window, batches and ingests,
  // handlers, and the names of the server's 227 errors.
  test("jetstream() adds its own code alone, 71 KB at most, without what few programs need", async () => {
    const alone = await bundle(CLIENT);
    const both = await bundle(CLIENT + STORED);
    expect(both.size - alone.size).toBeLessThan(71 * KB);
    const added = both.atOnce.filter((path) => !alone.atOnce.includes(path));
    expect(added.length).toBeGreaterThan(100);
    expect(added.filter((path) => !/dist\/(?:jetstream|core)\//.test(path))).toEqual([]);
    expect(
      added.filter((path) => /jetstream\/(?:advisories|backup|dead-letters|meta|plan)\//.test(path)),
    ).toEqual([]);
  });

  // Buckets, entries, watches, lists; views, locks and batches.
  test("kv() adds its own code alone, 17.6 KB at most", async () => {
    const buckets = 'import { kv } from "natspeed/kv"; globalThis.kv = kv;';
    const alone = await bundle(STORED);
    const both = await bundle(STORED + buckets);
    expect(both.size - alone.size).toBeLessThan(17.6 * KB);
    const added = both.atOnce.filter((path) => !alone.atOnce.includes(path));
    expect(added.length).toBeGreaterThan(20);
    expect(added.filter((path) => !/dist\/(?:kv|jetstream|core)\//.test(path))).toEqual([]);
  });

  // Putting, getting, the budget that gets share, links, what is told of objects; the digest in JavaScript is loaded where the
  // runtime has none.
  test("objectStore() adds its own code alone, 13.6 KB at most, and not what other runtimes have", async () => {
    const objects = 'import { objectStore } from "natspeed/object-store"; globalThis.objects = objectStore;';
    const alone = await bundle(STORED);
    const both = await bundle(STORED + objects);
    expect(both.size - alone.size).toBeLessThan(13.6 * KB);
    const added = both.atOnce.filter((path) => !alone.atOnce.includes(path));
    expect(added.length).toBeGreaterThan(20);
    expect(added.filter((path) => !/dist\/(?:object-store|jetstream|core)\//.test(path))).toEqual([]);
    const later = both.inputs.filter((path) => !both.atOnce.includes(path)).map((path) => basename(path));
    expect(later).toContain("sha256.js");
  });

  // What it shares with JetStream (events, schemas, exact numbers) is counted here as its own.
  test("services() adds its own code alone, 12 KB at most, and nothing of JetStream", async () => {
    const offered = 'import { services } from "natspeed/services"; globalThis.services = services;';
    const alone = await bundle(CLIENT);
    const both = await bundle(CLIENT + offered);
    expect(both.size - alone.size).toBeLessThan(12 * KB);
    const added = both.atOnce.filter((path) => !alone.atOnce.includes(path));
    expect(added.length).toBeGreaterThan(20);
    expect(added.filter((path) => !/dist\/(?:services|core)\//.test(path))).toEqual([]);
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

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { findServer, MINIMUM_VERSION, PINNED_VERSION, versionAtLeast } from "../../scripts/nats-server.mjs";
import { folderName, installFromArchive } from "../../scripts/nats-server/archive.mjs";
import { installWithPackageManager } from "../../scripts/nats-server/install.mjs";
import { listen } from "../support/listen.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/nats-server.mjs", import.meta.url));
const LIMIT = { timeout: 120_000 };
const NOT_ASKED = "not asked: install nats-server yourself, or set NATSPEED_INSTALL=true";

let real: { path: string; version: string };
let folder: string;

beforeAll(async () => {
  real = await findServer();
}, 900_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "find-server-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("NATS_SERVER", LIMIT, () => {
  test("is used when it is set", async () => {
    const found = await findServer({ env: { NATS_SERVER: real.path } });
    expect(found).toEqual({ path: real.path, version: real.version, source: "NATS_SERVER" });
  });

  test("is an error that names it when there is no such file, whatever else there is", async () => {
    const NATS_SERVER = join(folder, "missing");
    const finding = findServer({ env: { ...process.env, NATS_SERVER } });
    await expect(finding).rejects.toThrow(`NATS_SERVER=${NATS_SERVER} cannot be used`);
  });

  test("is an error that names it when it is another program", async () => {
    const finding = findServer({ env: { NATS_SERVER: process.execPath } });
    await expect(finding).rejects.toThrow(/NATS_SERVER=.* does not print a version of nats-server/);
  });

  test("makes the script fail with that error", () => {
    const env = { ...process.env, NATS_SERVER: join(folder, "missing") };
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], {
      env,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^NATS_SERVER=.*missing cannot be used: .* was not found\n$/);
  });

  test("is what the script prints", () => {
    const env = { ...process.env, NATS_SERVER: real.path };
    const printed = execFileSync(process.execPath, [SCRIPT], { env, encoding: "utf8" });
    expect(printed).toBe(`${real.path}\n`);
  });
});

describe.skipIf(process.platform === "win32")("without NATS_SERVER", LIMIT, () => {
  test("PATH comes first", async (context) => {
    context.skip(!versionAtLeast(real.version, MINIMUM_VERSION), `the server is ${real.version}`);
    await symlink(real.path, join(folder, "nats-server"));
    const found = await findServer({ env: { PATH: folder }, cache: join(folder, "cache") });
    expect(found).toMatchObject({ path: join(folder, "nats-server"), source: "PATH" });
  });

  test("an old server on PATH is passed over, with the reason, and the cache comes next", async () => {
    const old = join(folder, "nats-server");
    await writeFile(old, "#!/bin/sh\necho 'nats-server: v2.9.10'\n");
    await chmod(old, 0o755);
    const cached = join(folder, "cache", PINNED_VERSION);
    await mkdir(cached, { recursive: true });
    await symlink(real.path, join(cached, "nats-server"));

    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const found = await findServer({ env: { PATH: folder }, cache: join(folder, "cache"), log });
    expect(found).toMatchObject({ path: join(cached, "nats-server"), source: "cache" });
    expect(lines).toEqual([`passed over: ${old} is 2.9.10, older than ${MINIMUM_VERSION}`]);
  });
});

describe.skipIf(process.platform !== "linux")("the system's package manager", LIMIT, () => {
  test("is not asked for anything by whoever did not say so", async () => {
    const asked = join(folder, "asked");
    const program = join(folder, "apt-get");
    await writeFile(program, `#!/bin/sh\necho "$@" >> '${asked}'\nexit 1\n`);
    await chmod(program, 0o755);
    const search = { log: () => {}, cache: folder, version: PINNED_VERSION };
    const outcome = await installWithPackageManager({ ...search, env: { PATH: folder } }).then(
      () => "there was one already",
      (error: Error) => error.message,
    );
    expect(["there was one already", NOT_ASKED]).toContain(outcome);
    await expect(readFile(asked)).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe.skipIf(process.platform === "win32")("the release archive", LIMIT, () => {
  const name = `${folderName(PINNED_VERSION)}.tar.gz`;
  let archive: Buffer;
  let sums: string;
  let releases: string;
  let server: Server;

  beforeAll(async () => {
    archive = await packRelease();
    server = createServer((request, response) => {
      const path = `/v${PINNED_VERSION}`;
      if (request.url === `${path}/SHA256SUMS`) response.end(sums);
      else if (request.url === `${path}/${name}`) response.end(archive);
      else response.writeHead(404).end();
    });
    releases = `http://127.0.0.1:${await listen(server)}`;
  }, 60_000);

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("is put into the cache, also by two runs at once", async () => {
    sums = `${"0".repeat(64)}  another.zip\n${sha256(archive)}  ${name}\n`;
    const path = join(folder, "cache", PINNED_VERSION, "nats-server");
    const expected = { path, version: real.version };
    const both = [installFromArchive(search(), releases), installFromArchive(search(), releases)];
    expect(await Promise.all(both)).toEqual([expected, expected]);
    expect(await readdir(join(folder, "cache"))).toEqual([PINNED_VERSION]);
  });

  test("is refused when its SHA-256 is not the stated one", async () => {
    sums = `${"0".repeat(64)}  ${name}\n`;
    const installing = installFromArchive(search(), releases);
    await expect(installing).rejects.toThrow(`${name} has the SHA-256 ${sha256(archive)}, but`);
    await expect(readdir(join(folder, "cache"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("is refused when the release does not list it", async () => {
    sums = `${sha256(archive)}  another.zip\n`;
    await expect(installFromArchive(search(), releases)).rejects.toThrow(`does not list ${name}`);
  });

  test("that is not there is an error with its address", async () => {
    const installing = installFromArchive(search(), `${releases}/elsewhere`);
    await expect(installing).rejects.toThrow(/elsewhere.*SHA256SUMS: HTTP status 404/);
  });

  async function packRelease(): Promise<Buffer> {
    const work = await mkdtemp(join(tmpdir(), "release-"));
    const inside = folderName(PINNED_VERSION);
    await mkdir(join(work, inside));
    await copyFile(real.path, join(work, inside, "nats-server"));
    execFileSync("tar", ["-czf", name, inside], { cwd: work });
    const bytes = await readFile(join(work, name));
    await rm(work, { recursive: true });
    return bytes;
  }
});

function search() {
  return {
    cache: join(folder, "cache"),
    version: PINNED_VERSION,
    env: process.env,
    log: () => {},
  };
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

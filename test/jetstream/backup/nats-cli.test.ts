import { execFile } from "node:child_process";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backup, type BackupManifest, restore, type Stream } from "../../../src/jetstream/index.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();
const run = promisify(execFile);

/** The official command line: `NATS_CLI`, or `nats` on the path. */
const CLI = process.env["NATS_CLI"] ?? "nats";

const hasCli = await run(CLI, ["--version"]).then(
  () => true,
  () => false,
);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natspeed-backup-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function nats(...args: string[]): Promise<string> {
  const { stdout } = await run(CLI, ["--server", access.url, ...args], {
    env: { ...process.env, HOME: folder },
  });
  return stdout;
}

async function filled(): Promise<Stream> {
  const name = unique("KEPT");
  const stream = await access.js.streams.create({ name, subjects: [`${name}.*`], allowDirect: true });
  await fill(access.nc, 300, (n) => ({
    subject: `${name}.${n % 3}`,
    data: randomBytes(10_000),
    headers: { N: `${n}` },
  }));
  return stream;
}

async function contents(stream: Stream): Promise<unknown[]> {
  const messages = await all(stream.messages());
  return messages.map((m) => [
    m.seq,
    m.subject,
    m.timeNanos,
    m.headers?.toJSON(),
    Buffer.from(m.data).toString("hex"),
  ]);
}

const why = hasCli ? "" : " (not here: there is no nats command line; NATS_CLI may name it)";

describe.skipIf(!hasCli)(`the official command line${why}`, () => {
  it("[JS-STR-37] restores our backup", async () => {
    const stream = await filled();
    const before = await contents(stream);
    const { manifest, readable } = await backup(access.js, stream.name);
    const place = await mkdtemp(join(folder, "ours-"));
    await pipeline(readable, createWriteStream(join(place, "stream.tar.s2")));
    await writeFile(join(place, "backup.json"), JSON.stringify(manifest));
    await access.js.streams.delete(stream.name);
    await nats("stream", "restore", place, "--no-progress");
    expect(await contents(stream)).toEqual(before);
  });

  it("[JS-STR-38] makes a backup that we restore", async () => {
    const stream = await filled();
    const before = await contents(stream);
    const place = join(folder, stream.name);
    await nats("stream", "backup", stream.name, place, "--no-progress");
    const manifest = JSON.parse(await readFile(join(place, "backup.json"), "utf8")) as BackupManifest;
    const bytes = (await readdir(place)).find((name) => name !== "backup.json")!;
    await access.js.streams.delete(stream.name);
    await restore(access.js, manifest, createReadStream(join(place, bytes)));
    expect(await contents(stream)).toEqual(before);
  });
});

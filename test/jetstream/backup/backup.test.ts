import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { BackupManifest, Stream } from "../../../src/jetstream/index.ts";
import { backup, restore } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { Gate } from "../../support/gate.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const access = useJetStream();

/** A stream of `count` messages of random bytes, so that a backup of it is as large. */
async function filled(count: number, size: number, settings: object = {}): Promise<Stream> {
  const name = unique("KEPT");
  const stream = await access.js.streams.create({
    name,
    subjects: [`${name}.*`],
    allowDirect: true,
    ...settings,
  });
  await fill(access.nc, count, (n) => ({
    subject: `${name}.${n % 10}`,
    data: randomBytes(size),
    headers: { "X-N": `${n}` },
  }));
  return stream;
}

/** Under another name: its subjects would overlap. */
function renamed(): {
  readonly changes: { readonly name: string; readonly subjects: string[] };
} {
  const name = unique("COPY");
  return { changes: { name, subjects: [`${name}.*`] } };
}

async function bytesOf(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All that a message has, but the stream's name. */
async function contents(stream: Stream): Promise<unknown[]> {
  const messages = await all(stream.messages());
  return messages.map((m) => [
    m.seq,
    m.subject,
    m.timeNanos,
    m.headers?.toJSON(),
    Buffer.from(m.data).toString("base64"),
  ]);
}

/** As of an async function. */
const rejected = (reason: string): Promise<void> => Promise.reject(new Error(reason));

describe("backup and restore", () => {
  it("[JS-STR-37] [JS-STR-38] [JS-STR-44] gives a stream that is equal message by message", async () => {
    const stream = await filled(600, 10_000);
    for (const seq of [5, 6, 300]) await stream.deleteMessage(seq);
    const steps: number[] = [];
    const { manifest, readable } = await backup(access.js, stream.name, {
      onProgress: ({ bytes, total }) => {
        steps.push(bytes);
        expect(total).toBeGreaterThan(6_000_000);
      },
    });
    const bytes = await bytesOf(readable);
    expect(bytes.length).toBeGreaterThan(5_900_000);
    expect(steps.at(-1)).toBe(bytes.length);
    expect(manifest.config).toMatchObject({ name: stream.name, allow_direct: true });
    expect(manifest.state).toMatchObject({ messages: 597, last_seq: 600 });
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);

    const sent: number[] = [];
    const copy = await restore(access.js, manifest, piecesOf(bytes, 100_003), {
      ...renamed(),
      onProgress: ({ bytes: sum }) => void sent.push(sum),
    });
    expect(sent.at(-1)).toBe(bytes.length);
    expect(copy.cachedInfo?.state).toMatchObject({ messages: 597, firstSeq: 1, lastSeq: 600 });
    expect(await contents(copy)).toEqual(await contents(stream));
  });

  it("[JS-STR-37] [JS-STR-38] goes from stream to stream, without its bytes in between", async () => {
    const stream = await filled(300, 10_000, { storage: "memory" });
    const { manifest, readable } = await backup(access.js, stream.name);
    const copy = await restore(access.js, manifest, readable, renamed());
    expect(await contents(copy)).toEqual(await contents(stream));
  });

  it("[JS-STR-44] [JS-STR-38] keeps the configuration, or what of it is not changed", async () => {
    const settings = { description: "bills", maxAge: 3_600_000, metadata: { team: "a" } };
    const stream = await filled(3, 10, settings);
    const { manifest, readable } = await backup(access.js, stream.name);
    const bytes = await bytesOf(readable);
    await access.js.streams.delete(stream.name);
    const back = await restore(access.js, manifest, piecesOf(bytes, 1));
    expect(back.cachedInfo?.config).toMatchObject({ name: stream.name, ...settings });
    await access.js.streams.delete(stream.name);
    const changes = { description: null, maxMsgs: 100 };
    const changed = await restore(access.js, manifest, piecesOf(bytes, 1_000_000), { changes });
    expect(changed.cachedInfo?.config).toMatchObject({
      maxMsgs: 100,
      maxAge: 3_600_000,
      metadata: { team: "a" },
    });
    expect(changed.cachedInfo?.config.description).toBeUndefined();
    expect(await contents(changed)).toHaveLength(3);
  });

  it("[JS-STR-37] has the consumers in it, or not", async () => {
    const stream = await filled(10, 10);
    const create = { subject: `CONSUMER.CREATE.${stream.name}.worker` };
    const config = { name: "worker", durable_name: "worker", ack_policy: "explicit" };
    await access.js.context.api.request({ ...create, body: { stream_name: stream.name, config } });
    const whole = await backup(access.js, stream.name);
    const copy = await restore(access.js, whole.manifest, whole.readable, renamed());
    expect((await copy.info()).state.consumerCount).toBe(1);
    const bare = await backup(access.js, stream.name, { consumers: false });
    const other = await restore(access.js, bare.manifest, bare.readable, renamed());
    expect((await other.info()).state.consumerCount).toBe(0);
  });

  it("[JS-STR-37] is small for a stream with nothing in it", async () => {
    const name = unique("EMPTY");
    const stream = await access.js.streams.create({ name, subjects: [name] });
    const { manifest, readable } = await backup(access.js, name);
    const copy = await restore(access.js, manifest, readable, {
      changes: { name: `${name}_COPY`, subjects: ["nothing"] },
    });
    expect(copy.cachedInfo?.state.messages).toBe(0);
    expect((await stream.info()).state.messages).toBe(0);
  });

  it("[JS-STR-37] comes in chunks of the size that was asked for", async () => {
    const stream = await filled(20, 1000);
    const { readable } = await backup(access.js, stream.name, { chunkSize: 1024 });
    const sizes = (await all(readable)).map(({ length }) => length);
    expect(sizes.slice(0, -1).every((size) => size === 1024)).toBe(true);
    expect(sizes.length).toBeGreaterThan(19);
  });
});

describe("a backup's reader", () => {
  it("[JS-STR-37] is sent no more than the window while it takes nothing", async () => {
    const stream = await filled(1200, 10_000);
    const before = access.nc.stats().inBytes;
    const { readable } = await backup(access.js, stream.name);
    const received = (): number => access.nc.stats().inBytes - before;
    await eventually(() => expect(received()).toBeGreaterThan(4_000_000));
    await access.nc.flush();
    expect(received()).toBeLessThan(4_500_000);
    expect((await bytesOf(readable)).length).toBeGreaterThan(11_000_000);
  });

  it("[JS-STR-37] ends it by cancelling", async () => {
    const stream = await filled(1000, 10_000);
    const subscriptions = access.nc.subscriptionCount;
    const { readable } = await backup(access.js, stream.name);
    const reader = readable.getReader();
    expect((await reader.read()).value?.length).toBe(128 * 1024);
    await reader.cancel();
    expect(access.nc.subscriptionCount).toBe(subscriptions);
  });

  it("[JS-STR-37] is told when it is aborted", async () => {
    const stream = await filled(1000, 10_000);
    const abort = new AbortController();
    const { readable } = await backup(access.js, stream.name, { signal: abort.signal });
    const reader = readable.getReader();
    await reader.read();
    abort.abort(new Error("enough"));
    expect(await failure(reader.read())).toMatchObject({ code: "ABORTED" });
    const { signal } = abort;
    expect(await failure(backup(access.js, stream.name, { signal }))).toMatchObject({ code: "ABORTED" });
  });

  it("fails with what its own progress listener throws", async () => {
    const stream = await filled(10, 10);
    const onProgress = (): void => {
      throw new Error("no more room");
    };
    const { readable } = await backup(access.js, stream.name, { onProgress });
    await expect(bytesOf(readable)).rejects.toThrow("no more room");
  });

  it("fails with what its own progress listener rejects with", async () => {
    const stream = await filled(200, 10_000);
    const onProgress = (): void => rejected("no more room") as unknown as void;
    const { readable } = await backup(access.js, stream.name, { onProgress });
    await expect(bytesOf(readable)).rejects.toThrow("no more room");
  });
});

describe("a restore that fails", () => {
  async function kept(): Promise<{ manifest: BackupManifest; bytes: Uint8Array; stream: Stream }> {
    const stream = await filled(200, 10_000);
    const { manifest, readable } = await backup(access.js, stream.name);
    return { manifest, bytes: await bytesOf(readable), stream };
  }

  async function expectNothingLeft(name: string): Promise<void> {
    expect(await failure(access.js.streams.get(name))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  }

  it("[JS-STR-38] leaves nothing: the bytes end early, are others, or are none", async () => {
    const { manifest, bytes } = await kept();
    const garbage = randomBytes(300_000);
    for (const wrong of [
      bytes.subarray(0, bytes.length - 2000),
      bytes.subarray(0, 100),
      garbage,
      new Uint8Array(),
    ]) {
      const options = renamed();
      const error = await failure(restore(access.js, manifest, piecesOf(wrong, 50_000), options));
      expect(error).toMatchObject({ code: "BACKUP_INCOMPLETE", stream: options.changes.name });
      await expectNothingLeft(options.changes.name);
    }
  });

  it("[JS-STR-38] leaves nothing: the source fails", async () => {
    const { manifest, bytes } = await kept();
    const options = renamed();
    const cause = new Error("the disk is gone");
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1_000_000);
      throw cause;
    }
    const error = await failure(restore(access.js, manifest, broken(), options));
    expect(error).toMatchObject({ code: "BACKUP_INCOMPLETE", cause });
    await expectNothingLeft(options.changes.name);
  });

  it("[JS-STR-38] leaves nothing, and closes the source: it is aborted", async () => {
    const { manifest, bytes } = await kept();
    const options = renamed();
    const abort = new AbortController();
    let isClosed = false;
    async function* slow(): AsyncGenerator<Uint8Array> {
      try {
        yield bytes.subarray(0, 1_000_000);
        abort.abort(new Error("enough"));
        yield bytes.subarray(1_000_000);
      } finally {
        isClosed = true;
      }
    }
    const call = restore(access.js, manifest, slow(), { ...options, signal: abort.signal });
    expect(await failure(call)).toMatchObject({ code: "ABORTED" });
    await eventually(() => expect(isClosed).toBe(true));
    await expectNothingLeft(options.changes.name);
  });

  it("[JS-STR-38] leaves nothing: it is aborted while its source waits, which never comes back", async () => {
    const { manifest, bytes } = await kept();
    const options = renamed();
    const abort = new AbortController();
    async function* stuck(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, 1_000_000);
      setTimeout(() => abort.abort(), 1);
      await new Promise(() => undefined);
    }
    const call = restore(access.js, manifest, stuck(), { ...options, signal: abort.signal });
    expect(await failure(call)).toMatchObject({ code: "ABORTED" });
    await expectNothingLeft(options.changes.name);
  });

  it.each(["is sent", "is waited for"])(
    "[JS-STR-38] leaves nothing: its progress listener rejects while the rest %s",
    async (when) => {
      const { manifest, bytes } = await kept();
      const options = renamed();
      const gate = new Gate();
      async function* source(): AsyncGenerator<Uint8Array> {
        yield bytes;
        if (when === "is waited for") await gate.opened;
      }
      const onProgress = (): void => rejected("no more room") as unknown as void;
      const call = restore(access.js, manifest, source(), { ...options, onProgress });
      await expect(call).rejects.toThrow("no more room");
      gate.open();
      await expectNothingLeft(options.changes.name);
    },
  );

  it("[JS-STR-38] leaves the stream alone that has the name", async () => {
    const { manifest, bytes, stream } = await kept();
    let isClosed = false;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
      cancel: () => void (isClosed = true),
    });
    expect(await failure(restore(access.js, manifest, source))).toMatchObject({
      code: "STREAM_EXISTS",
      stream: stream.name,
      errCode: 10_130,
    });
    expect(isClosed).toBe(true);
    expect((await stream.info()).state.messages).toBe(200);
  });

  it("[JS-STR-38] says what the server says of a configuration that can't be", async () => {
    const { manifest, bytes, stream } = await kept();
    const options = { changes: { name: unique("COPY"), subjects: [`${stream.name}.7`] } };
    const error = await failure(restore(access.js, manifest, piecesOf(bytes, 100_000), options));
    expect(error).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "subjects",
      stream: options.changes.name,
    });
    await expectNothingLeft(options.changes.name);
    expect((await stream.info()).state.messages).toBe(200);
  });
});

describe("wrong arguments", () => {
  it("are refused before anything is sent", async () => {
    const { js, nc } = access;
    const before = nc.stats().outMessages;
    const manifest = { config: { name: "A" }, state: {} };
    const source = piecesOf(new Uint8Array(1), 1);
    const expected = { code: "INVALID_OPTION" };
    expect(await failure(backup(js, "a.b"))).toMatchObject(expected);
    expect(await failure(backup(js, "A", { chunkSize: 1000 }))).toMatchObject(expected);
    expect(await failure(backup(js, "A", { chunk_size: 2000 } as never))).toMatchObject(expected);
    expect(await failure(restore(js, { config: {} } as never, source))).toMatchObject(expected);
    expect(await failure(restore(js, undefined as never, source))).toMatchObject(expected);
    expect(await failure(restore(js, { config: {}, state: {} }, source))).toMatchObject(expected);
    expect(await failure(restore(js, manifest, "bytes" as never))).toMatchObject(expected);
    expect(await failure(restore(js, manifest, source, { change: {} } as never))).toMatchObject(expected);
    const changes = { maxMsg: 5 } as never;
    expect(await failure(restore(js, manifest, source, { changes }))).toMatchObject({
      code: "INVALID_CONFIG",
    });
    expect(nc.stats().outMessages).toBe(before);
  });

  it("[JS-STR-37] a stream that is not there is told", async () => {
    const subscriptions = access.nc.subscriptionCount;
    expect(await failure(backup(access.js, "NEVER_MADE"))).toMatchObject({
      code: "STREAM_NOT_FOUND",
      stream: "NEVER_MADE",
    });
    expect(access.nc.subscriptionCount).toBe(subscriptions);
  });

  it("[JS-STR-38] bytes of another kind are refused, and nothing is left", async () => {
    const manifest = { config: { name: unique("TEXTS"), subjects: ["texts"] }, state: {} };
    async function* texts(): AsyncGenerator<string> {
      yield "text";
    }
    const error = await failure(restore(access.js, manifest, texts() as never));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "bytes" });
  });
});

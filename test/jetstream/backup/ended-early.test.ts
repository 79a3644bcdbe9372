import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import {
  backup,
  type BackupManifest,
  jetstream,
  restore,
  type Stream,
} from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { inTime } from "../../support/in-time.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { needs } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";
import { RawResponder, type RawReply } from "../../support/raw-responder.ts";

const access = useJetStream();
const atTheProxy = needs("NATS bytes at a proxy");

/** 6 MB that don't shrink: more than the server sends before the first chunk is acked. */
async function filled(): Promise<Stream> {
  const name = unique("KEPT");
  const stream = await access.js.streams.create({ name, subjects: [name], allowDirect: true });
  await fill(access.nc, 300, () => ({ subject: name, data: randomBytes(20_000) }));
  return stream;
}

async function read(readable: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  return await all(readable);
}

describe.concurrent("[JS-STR-44] [JS-ADV-09] a backup that the server ends early", () => {
  /** What a server might send: the manifest, and then these replies to where the chunks go. */
  async function answered(
    replies: readonly Omit<RawReply, "subject">[],
    body: (start: (options?: object) => ReturnType<typeof backup>) => Promise<void>,
  ): Promise<void> {
    const name = unique("FAKE");
    using snapshots = await RawResponder.start(
      access.server.port,
      `FAKE.API.STREAM.SNAPSHOT.${name}`,
      (_n, request) => {
        const { deliver_subject: subject } = JSON.parse(request) as { deliver_subject: string };
        const type = "io.nats.jetstream.api.v1.stream_snapshot_response";
        const manifest = JSON.stringify({ type, config: { name }, state: { messages: 1, bytes: 3 } });
        return [{ headers: "NATS/1.0", data: manifest }, ...replies.map((reply) => ({ subject, ...reply }))];
      },
    );
    const js = jetstream(access.nc, { apiPrefix: "FAKE.API" });
    await body((options) => backup(js, name, options));
    expect(snapshots.bodies).toHaveLength(1);
  }

  function chunk(data: string, index: number): Omit<RawReply, "subject"> {
    return { headers: "NATS/1.0", data, reply: `$JS.SNAPSHOT.ACK.FAKE.id.${data.length}.${index}` };
  }

  const end = { headers: "NATS/1.0 204" };

  it.each(["408 No Interest", "408 No Flow Response", "500 the disk is broken", "599 What Else"])(
    "with %s",
    async (status) => {
      await answered([chunk("abc", 1), { headers: `NATS/1.0 ${status}` }], async (start) => {
        const { readable } = await start();
        const reader = readable.getReader();
        const error = await failure(reader.read().then(() => reader.read()));
        expect(error).toMatchObject({ code: "BACKUP_INCOMPLETE", status: Number(status.slice(0, 3)) });
        expect(error.message).toContain(status);
      });
    },
  );

  it("or of which a chunk is lost", async () => {
    await answered([chunk("abc", 1), chunk("def", 3), end], async (start) => {
      const { readable } = await start();
      expect(await failure(read(readable))).toMatchObject({ code: "BACKUP_INCOMPLETE" });
    });
  });

  it("or that it just stops to send", async () => {
    await inTime(200, (timeout) =>
      answered([chunk("abc", 1)], async (start) => {
        const { readable } = await start({ timeout });
        expect(await failure(read(readable))).toMatchObject({ code: "BACKUP_INCOMPLETE", elapsed: timeout });
      }),
    );
  });

  it("[JS-STR-37] but not one that is whole, whose last chunk is smaller and numberless, with heartbeats in between", async () => {
    const last = { headers: "NATS/1.0", data: "x" };
    await answered(
      [chunk("abc", 1), { headers: "NATS/1.0 100 Idle" }, chunk("def", 2), last, end],
      async (start) => {
        const { readable } = await start();
        const texts = (await read(readable)).map((bytes) => new TextDecoder().decode(bytes));
        expect(texts).toEqual(["abc", "def", "x"]);
      },
    );
  });

  it("[JS-STR-37] nor one whose end has no status, for no chunk was full", async () => {
    await answered([{ headers: "NATS/1.0", data: "x" }, { headers: "NATS/1.0" }], async (start) => {
      const { readable } = await start();
      expect(await read(readable)).toHaveLength(1);
    });
  });
});

// Side by side with the patient one, which waits for longer than all others take.
describe.concurrent("a link that is lost in the middle", () => {
  atTheProxy("[JS-STR-37] ends a backup with BACKUP_INCOMPLETE", async () => {
    const stream = await filled();
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    const { readable } = await backup(jetstream(nc), stream.name);
    const reader = readable.getReader();
    await reader.read();
    proxy.cut();
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done) continue;
    };
    const error = await failure(rest());
    expect(error).toMatchObject({ code: "BACKUP_INCOMPLETE", stream: stream.name });
    expect(error.cause).toMatchObject({ code: "DISCONNECTED" });
    await eventually(() => expect(nc.subscriptionCount).toBe(0));
  });

  it("[JS-STR-37] the end of the connection ends a backup with BACKUP_INCOMPLETE", async () => {
    const stream = await filled();
    const nc = await connect({ servers: access.url });
    const { readable } = await backup(jetstream(nc), stream.name);
    const reader = readable.getReader();
    await reader.read();
    await nc.close();
    const rest = async (): Promise<void> => {
      while (!(await reader.read()).done) continue;
    };
    expect(await failure(rest())).toMatchObject({ code: "BACKUP_INCOMPLETE" });
  });

  atTheProxy("[JS-STR-38] ends a restore, and leaves nothing of the stream", async () => {
    const stream = await filled();
    const kept = await backup(access.js, stream.name);
    const chunks = await read(kept.readable);
    const manifest: BackupManifest = kept.manifest;
    await using proxy = await Proxy.start(access.server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    async function* cutting(): AsyncGenerator<Uint8Array> {
      yield* chunks.slice(0, 20);
      proxy.cut();
      yield* chunks.slice(20);
    }
    const name = unique("COPY");
    const call = restore(jetstream(nc), manifest, cutting(), { changes: { name, subjects: [name] } });
    expect(await failure(call)).toMatchObject({ code: "DISCONNECTED" });
    expect(await failure(access.js.streams.get(name))).toMatchObject({ code: "STREAM_NOT_FOUND" });
  });

  it("[JS-STR-38] a connection that is closed can't remove what is left, and says so", async () => {
    const stream = await filled();
    const { manifest, readable } = await backup(access.js, stream.name);
    const chunks = await read(readable);
    const nc = await connect({ servers: access.url });
    async function* closing(): AsyncGenerator<Uint8Array> {
      yield* chunks.slice(0, 20);
      await nc.close();
      yield* chunks.slice(20);
    }
    const name = unique("COPY");
    const error = await failure(
      restore(jetstream(nc), manifest, closing(), { changes: { name, subjects: [name] } }),
    );
    expect(error).toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(error.message).toContain("may be left");
  });
});

describe.concurrent("patience", () => {
  it(
    "[JS-STR-37] [JS-STR-38] a reader and a source may pause for longer than the server waits",
    { timeout: 60_000 },
    async () => {
      const stream = await filled();
      // The server gives up after 5 seconds.
      const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 6000));
      const kept = await backup(access.js, stream.name);
      const chunks = await read(kept.readable);
      async function* pausing(): AsyncGenerator<Uint8Array> {
        yield* chunks.slice(0, 5);
        await pause();
        yield* chunks.slice(5);
      }
      const name = unique("COPY");
      const restored = restore(access.js, kept.manifest, pausing(), { changes: { name, subjects: [name] } });
      const again = await backup(access.js, stream.name);
      const reader = again.readable.getReader();
      await pause();
      let bytes = 0;
      for (let next = await reader.read(); !next.done; next = await reader.read()) bytes += next.value.length;
      expect(bytes).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
      expect((await restored).cachedInfo?.state.messages).toBe(300);
    },
  );
});

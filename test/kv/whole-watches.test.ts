import { describe, expect, it } from "vitest";
import { type Bucket, type BucketConfig, kv, type KvEvent } from "../../src/kv/index.ts";
import type { ConsumerInfo } from "../../src/jetstream/index.ts";
import { eventually } from "../support/eventually.ts";
import { all, fill } from "../support/fill.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const server = useJetStream();

/** What a watch asks for before anybody reads, and what is behind that. */
const CAPACITY = 16_384;
const REST = 100;
const COUNT = CAPACITY + REST;

async function filled(config: BucketConfig = {}): Promise<Bucket> {
  const bucket = await kv(server.nc).create(unique("whole"), { storage: "memory", ...config });
  await fill(server.nc, COUNT, (n) => ({ subject: `$KV.${bucket.name}.k${n}`, data: "old" }));
  return bucket;
}

const consumersOf = (bucket: Bucket): Promise<ConsumerInfo[]> =>
  all(server.js.consumers.list(`KV_${bucket.name}`));

/** Resolves when the server has sent what a watch has asked for. */
const isFull = (bucket: Bucket): Promise<ConsumerInfo> =>
  eventually(async () => {
    const [consumer] = await consumersOf(bucket);
    expect(consumer?.numPending).toBe(REST);
    return consumer!;
  });

function told(event: KvEvent): string {
  if (event.type === "synced") return "synced";
  return event.type === "put" ? `${event.key}=${event.string()}` : `${event.type} ${event.key}`;
}

/** What a watch tells up to "synced", which is the last. */
async function untilSynced(events: AsyncIterator<KvEvent>): Promise<string[]> {
  const texts: string[] = [];
  while (texts.at(-1) !== "synced") texts.push(told((await events.next()).value as KvEvent));
  return texts;
}

const keys = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, i) => `k${first + i}=old`);

describe("a watch is whole", () => {
  it("[KV-22] though a key that was there is written again before it came, and others before that", async () => {
    const bucket = await filled();
    const events = bucket.watch()[Symbol.asyncIterator]();
    await isFull(bucket);
    await bucket.put("new1", "x");
    await bucket.put("new2", "x");
    await bucket.put(`k${COUNT}`, "new");
    await bucket.delete(`k${COUNT - 1}`);
    const texts = await untilSynced(events);
    expect(texts).toEqual([
      ...keys(1, COUNT - 2),
      "new1=x",
      "new2=x",
      `k${COUNT}=new`,
      `delete k${COUNT - 1}`,
      "synced",
    ]);
    await events.return?.();
  });

  it("[KV-22] and says so at once when all that was there has come, though more is written", async () => {
    const bucket = await filled();
    const events = bucket.watch()[Symbol.asyncIterator]();
    await isFull(bucket);
    await bucket.put("new1", "x");
    expect(await untilSynced(events)).toEqual([...keys(1, COUNT), "synced"]);
    await events.return?.();
  });

  it("[KV-23] and goes on behind what it has told when its consumer is removed before it is complete", async () => {
    const bucket = await filled();
    const watch = bucket.watch();
    const events = watch[Symbol.asyncIterator]();
    const { name } = await isFull(bucket);
    await bucket.put("k1", "new");
    await bucket.put(`k${COUNT}`, "new");
    await server.js.consumers.delete(`KV_${bucket.name}`, name);
    expect(await untilSynced(events)).toEqual([...keys(1, COUNT - 1), "k1=new", `k${COUNT}=new`, "synced"]);
    const [consumer] = await consumersOf(bucket);
    expect(consumer?.config.deliverPolicy).toEqual({ startSeq: CAPACITY + 1 });
    await events.return?.();
  });

  it("[KV-23] and with a history tells no value that had a successor when it began anew", async () => {
    const bucket = await filled({ history: 2 });
    const events = bucket.watch()[Symbol.asyncIterator]();
    const { name } = await isFull(bucket);
    await bucket.put(`k${COUNT}`, "new");
    await server.js.consumers.delete(`KV_${bucket.name}`, name);
    expect(await untilSynced(events)).toEqual([...keys(1, COUNT - 1), `k${COUNT}=new`, "synced"]);
    const [consumer] = await consumersOf(bucket);
    expect(consumer?.config.deliverPolicy).toBe("last-per-subject");
    await events.return?.();
  });

  it("[KV-23] and with a history goes on behind what it has told when its consumers are removed again and again", async () => {
    const bucket = await filled({ history: 2 });
    await fill(server.nc, 2000, (n) => ({ subject: `$KV.${bucket.name}.k${n}`, data: "mid" }));
    const events = bucket.watch()[Symbol.asyncIterator]();
    await isFull(bucket);
    const texts: string[] = [];
    while (texts.at(-1) !== "synced") {
      texts.push(told((await events.next()).value as KvEvent));
      if (texts.length % 4000 !== 0) continue;
      for (const { name } of await consumersOf(bucket))
        await server.js.consumers.delete(`KV_${bucket.name}`, name).catch(() => undefined);
    }
    const written = Array.from({ length: 2000 }, (_, i) => `k${i + 1}=mid`);
    expect(texts).toEqual([...keys(2001, COUNT), ...written, "synced"]);
    await events.return?.();
  });

  it("[KV-16] and asks for no more than some megabytes at a time, for a server cuts off who takes too slowly", async () => {
    const bucket = await kv(server.nc).create(unique("whole"), { storage: "memory" });
    const megabyte = new Uint8Array(1_000_000);
    for (let i = 0; i < 20; i++) await bucket.put(`k${i}`, megabyte);
    const watch = bucket.watch();
    const delivered = await eventually(async () => {
      const [consumer] = await consumersOf(bucket);
      expect(consumer).toMatchObject({ numWaiting: 0, delivered: { consumerSeq: expect.any(Number) } });
      expect(watch.pending.messages).toBe(consumer!.delivered.consumerSeq);
      expect(watch.pending.messages).toBeGreaterThan(0);
      return watch.pending.messages;
    });
    expect(delivered).toBeLessThan(10);
    let values = 0;
    for await (const event of watch) {
      if (event.type === "synced") break;
      values += 1;
    }
    expect(values).toBe(20);
  });
});

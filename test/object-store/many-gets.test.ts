import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { objectStore } from "../../src/object-store/index.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const MEBI = 1024 * 1024;

test.each([
  ["of several chunks", 100, MEBI],
  ["of one chunk", 160, MEBI / 2],
] as const)(
  "[OBJ-07] objects %s are read at once, more than a server lets wait for a link",
  async (_, count, size) => {
    const { name } = await objectStore(access.nc).create(unique("many"), { storage: "memory" });
    await using nc = await connect({ servers: access.url });
    let losses = 0;
    nc.on("disconnected", () => {
      losses += 1;
    });
    const store = await objectStore(nc).get(name);
    const bytes = randomBytes(size);
    await store.put("it", bytes, { chunkSize: MEBI / 2 });
    const read = async (): Promise<number> => {
      let length = 0;
      for await (const chunk of await store.get("it")) length += chunk.length;
      return length;
    };
    const sizes = await Promise.all(Array.from({ length: count }, read));
    expect(sizes).toEqual(Array.from({ length: count }, () => size));
    expect(losses).toBe(0);
  },
);

test("[OBJ-07] an object is read beside others whose readers take nothing, and whose chunks are gone", async () => {
  const store = await objectStore(access.nc).create(unique("gone"), { storage: "memory" });
  await store.put("it", randomBytes(4 * MEBI));
  const { nuid } = await store.put("gone", randomBytes(10 * MEBI));
  const stream = access.js.streams.bind(`OBJ_${store.name}`);
  const chunks = { filter: `$O.${store.name}.C.${nuid}` };
  const first = await stream.get({ nextBySubject: chunks.filter });
  await stream.purge(chunks);
  await access.js.publish(chunks.filter, first!.data);
  // Each one has asked for the whole object: four of them have all the room.
  const stalled = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const reading = (await store.get("gone"))[Symbol.asyncIterator]();
      await reading.next();
      return reading;
    }),
  );
  const object = await store.get("it");
  expect(await object.bytes()).toHaveLength(4 * MEBI);
  for (const reading of stalled)
    await expect(reading.next()).rejects.toMatchObject({ code: "OBJECT_CORRUPT" });
});

test("[OBJ-07] an object is read beside others whose readers take nothing", async () => {
  const store = await objectStore(access.nc).create(unique("beside"), { storage: "memory" });
  const bytes = randomBytes(4 * MEBI);
  await store.put("it", bytes);
  const stalled = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const reading = (await store.get("it"))[Symbol.asyncIterator]();
      await reading.next();
      return reading;
    }),
  );
  const before = access.nc.stats().inBytes;
  expect(bytes.equals(await (await store.get("it")).bytes())).toBe(true);
  // They hold what they have, and are not read ahead for.
  expect(access.nc.stats().inBytes - before).toBeLessThan(64 * MEBI);
  await Promise.all(stalled.map((reading) => reading.return()));
});

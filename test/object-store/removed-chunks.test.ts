import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { jetstream } from "../../src/jetstream/index.ts";
import { objectStore } from "../../src/object-store/index.ts";
import { type ChunksToPurge, purgeChunks } from "../../src/object-store/chunks.ts";
import { storeContext } from "../../src/object-store/store-context.ts";
import { unique, useJetStream } from "../support/jetstream.ts";
import { standIn } from "../support/stand-in-stream.ts";

const access = useJetStream();

const answer = (facts: object): string =>
  JSON.stringify({ type: "io.nats.jetstream.api.v1.stream_purge_response", ...facts });
const purged = (count: number): string => answer({ success: true, purged: count });
const refused = (code: number, errCode: number): string =>
  answer({ error: { code, err_code: errCode, description: "no" } });

interface Purged {
  readonly error: unknown;
  /** Up to which sequence each request asked for it; undefined: all. */
  readonly seqs: readonly (number | undefined)[];
}

/** What a server that gives these answers is asked for; the last one again and again. */
async function purgeWith(answers: readonly string[], chunks: Partial<ChunksToPurge>): Promise<Purged> {
  const apiPrefix = unique("STANDIN");
  const subject = `${apiPrefix}.STREAM.PURGE.OBJ_store`;
  const { received } = await standIn(
    access.server,
    access.nc,
    subject,
    (_, number) => answers[Math.min(number, answers.length) - 1],
  );
  const context = storeContext(jetstream(access.nc, { apiPrefix }), "store");
  const error = await purgeChunks(context, { nuid: "ID", stored: 3, below: 9, ...chunks }, 10_000);
  const bodies = received.map((message) => message.json<{ filter: string; seq?: number }>());
  for (const { filter } of bodies) expect(filter).toBe("$O.store.C.ID");
  return { error, seqs: bodies.map(({ seq }) => seq) };
}

describe("the removal of chunks", () => {
  it("[OBJ-03] [OBJ-10] says up to which sequence they are stored", async () => {
    expect(await purgeWith([purged(3)], {})).toEqual({ error: undefined, seqs: [9] });
  });

  it("[OBJ-03] [OBJ-10] goes on without, if there were less than are known", async () => {
    expect(await purgeWith([purged(2), purged(1)], {})).toEqual({ error: undefined, seqs: [9, undefined] });
  });

  it("[OBJ-03] goes on until nothing is found, where some may still be on their way", async () => {
    const answers = [purged(3), purged(1), purged(0)];
    const seqs = [9, undefined, undefined];
    expect(await purgeWith(answers, { mayGrow: true })).toEqual({ error: undefined, seqs });
    const unknown = { stored: 0, below: 1, mayGrow: true };
    expect(await purgeWith([purged(0)], unknown)).toEqual({ error: undefined, seqs: [undefined] });
  });

  it("[OBJ-03] [OBJ-10] is tried again, with the same sequence, while a server is busy", async () => {
    const answers = [refused(503, 10_008), purged(3)];
    expect(await purgeWith(answers, {})).toEqual({ error: undefined, seqs: [9, 9] });
  });

  it("[OBJ-03] [OBJ-10] is over where the store is, and where it is forbidden", async () => {
    expect(await purgeWith([refused(404, 10_059)], {})).toEqual({ error: undefined, seqs: [9] });
    const { error, seqs } = await purgeWith([refused(400, 10_110)], {});
    expect(error).toMatchObject({ errCode: 10_110 });
    expect(seqs).toEqual([9]);
  });

  it("[OBJ-03] [OBJ-06] [OBJ-10] by a put that fails, one that replaces, and a delete has the sequence of what is stored last", async () => {
    const store = await objectStore(access.nc).create(unique("removed"), { storage: "memory" });
    const seqs: (number | undefined)[] = [];
    const listening = access.nc.subscribe(`$JS.API.STREAM.PURGE.OBJ_${store.name}`, {
      callback: (m) => void seqs.push(m.json<{ seq?: number }>().seq),
    });
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield randomBytes(300);
      throw new Error("enough");
    }
    await expect(store.put("it", failing(), { chunkSize: 100 })).rejects.toThrow("enough");
    // Its chunks are 4, 5 and 6, what tells of it is 7.
    await store.put("it", randomBytes(300), { chunkSize: 100 });
    const { revision } = await store.put("it", "new");
    await store.delete("it");
    await access.nc.flush();
    listening.unsubscribe();
    expect(seqs).toEqual([4, 7, revision]);
  });
});

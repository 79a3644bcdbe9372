import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../../src/index.ts";
import { type Bucket, type Election, kv } from "../../src/kv/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { unique, useJetStream } from "../support/jetstream.ts";

const access = useJetStream();

const leaders = (nc: Connection = access.nc): Promise<Bucket> =>
  kv(nc).create(unique("leaders"), { limitMarkerTtl: 1000, storage: "memory" });

/** Resolves when the election has told of this leader. */
async function leads(election: Election, holder: string | undefined): Promise<void> {
  const changes = election.changes();
  if (election.leader === holder) return;
  for await (const leader of changes) if (leader === holder) return;
  throw new Error(`the election ended before ${holder} was in office`);
}

describe("an election", () => {
  it("[KV-40] has one in office at a time; the end of a turn resigns", async () => {
    const bucket = await leaders();
    const terms: string[] = [];
    let inOffice = 0;
    const candidate = async (holder: string): Promise<void> => {
      let turns = 0;
      for await (const term of bucket.election("chief", { holder })) {
        expect(++inOffice).toBe(1);
        terms.push(`${holder} ${term.fence}`);
        await access.nc.flush();
        inOffice -= 1;
        if (++turns === 3) return;
      }
    };
    await Promise.all([candidate("a"), candidate("b"), candidate("c")]);
    expect(terms).toHaveLength(9);
    const fences = terms.map((term) => Number(term.split(" ")[1]));
    expect(fences).toEqual([...fences].sort((a, b) => a - b));
  });

  it("[KV-40] tells who is in office, also to those who don't stand", async () => {
    const bucket = await leaders();
    await using watcher = bucket.election("chief");
    const changes = watcher.changes();
    for await (const term of bucket.election("chief", { holder: "a" })) {
      expect(term.holder).toBe("a");
      expect((await changes.next()).value).toBe("a");
      expect(watcher.leader).toBe("a");
      break;
    }
    expect(await changes.next()).toEqual({ value: undefined, done: false });
    await watcher[Symbol.asyncDispose]();
    expect(await changes.next()).toEqual({ value: undefined, done: true });
    expect(watcher.leader).toBeUndefined();
  });

  it("[KV-40] another takes over when the one in office is gone", async () => {
    const bucket = await leaders();
    const gone = await connect({ servers: access.url });
    const theirs = (await kv(gone).get(bucket.name)).election("chief", { holder: "first", ttl: 1000 });
    const first = (await theirs[Symbol.asyncIterator]().next()).value!;
    await using heirs = bucket.election("chief", { holder: "second", ttl: 1000 });
    await leads(heirs, "first");
    await gone.close();
    expect(first.signal.aborted).toBe(true);
    for await (const term of heirs) {
      expect(term.fence).toBeGreaterThan(first.fence);
      break;
    }
  });

  it("[KV-40] a term that is lost ends by its signal, and its candidate stands again", async () => {
    const bucket = await leaders();
    const fences: number[] = [];
    for await (const term of bucket.election("chief", { ttl: 1000 })) {
      fences.push(term.fence);
      if (fences.length === 2) break;
      await bucket.purge("chief");
      await new Promise((resolve) => term.signal.addEventListener("abort", resolve));
    }
    expect(fences[1]).toBeGreaterThan(fences[0]!);
  });

  it("[KV-40] stands down when disposed, or when its signal aborts: loops end quietly", async () => {
    const bucket = await leaders();
    const aborter = new AbortController();
    let turns = 0;
    for await (const term of bucket.election("chief", { signal: aborter.signal })) {
      turns += 1;
      aborter.abort();
      if (!term.signal.aborted)
        await new Promise((resolve) => term.signal.addEventListener("abort", resolve));
    }
    expect(turns).toBe(1);
    await using lock = await bucket.lock("chief", { timeout: 5000 });
    const waiting = bucket.election("chief");
    const next = waiting[Symbol.asyncIterator]().next();
    await leads(waiting, lock.holder);
    await waiting.stop();
    await waiting[Symbol.asyncDispose]();
    expect(await next).toEqual({ value: undefined, done: true });
    for await (const term of bucket.election("chief", { signal: aborter.signal }))
      throw new Error(term.holder);
  });

  it("[KV-40] ends quietly when the application closes the connection, and tells what else ends it", async () => {
    const nc = await connect({ servers: access.url });
    const bucket = await leaders(nc);
    const watcher = bucket.election("chief");
    const changes = watcher.changes();
    for await (const term of bucket.election("chief")) {
      expect((await changes.next()).value).toBe(term.holder);
      await nc.close();
      expect(term.signal.reason).toMatchObject({ code: "LOCK_LOST" });
    }
    expect(await changes.next()).toEqual({ value: undefined, done: true });
    expect(watcher.leader).toBeUndefined();
    const plain = await kv(access.nc).create(unique("plain"), { storage: "memory" });
    await using election = plain.election("chief");
    expect(await failure(election[Symbol.asyncIterator]().next())).toMatchObject({
      argument: "limitMarkerTtl",
    });
    expect(thrown(() => plain.election("a b"))).toMatchObject({ code: "INVALID_KEY" });
    expect(thrown(() => plain.election("a", { timeout: 5 } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("[KV-40] gives each of two calls of next() at a time a term of its own", async () => {
    const bucket = await leaders();
    await using election = bucket.election("chief");
    const terms = election[Symbol.asyncIterator]();
    const [first, second] = await Promise.all([terms.next(), terms.next()]);
    expect(first.value!.isHeld).toBe(false);
    expect(second.value!.isHeld).toBe(true);
    expect(second.value!.fence).toBeGreaterThan(first.value!.fence);
  });

  it("[KV-40] tells by the bucket's name that it has gone", async () => {
    const bucket = await leaders();
    await using election = bucket.election("chief");
    const changes = election.changes();
    // A pull that comes just when its consumer goes is answered by nothing (nats-server 2.15), so the watch is to stand before.
    await eventually(async () => {
      const waiting = [];
      for await (const { numWaiting } of access.js.consumers.list(`KV_${bucket.name}`))
        waiting.push(numWaiting);
      expect(waiting).toEqual([1]);
    });
    await bucket.put("chief", "host-1");
    expect((await changes.next()).value).toBe("host-1");
    expect(election.leader).toBe("host-1");
    const late = election.changes();
    await kv(access.nc).delete(bucket.name);
    expect(await failure(changes.next())).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: bucket.name });
    expect(election.leader).toBeUndefined();
    expect(await failure(late.next())).toMatchObject({ code: "BUCKET_NOT_FOUND", bucket: bucket.name });
  });
});

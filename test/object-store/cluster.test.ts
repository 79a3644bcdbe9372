import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Connection, isNatsError, type NatsError } from "../../src/index.ts";
import { jetstream, type Stream } from "../../src/jetstream/index.ts";
import { objectStore, type ObjectStore } from "../../src/object-store/index.ts";
import { eventually } from "../support/eventually.ts";
import { unique, useCluster } from "../support/jetstream.ts";
import { groupNeeds } from "../support/nats-server.ts";
import { QUICK_RECONNECT } from "../support/outage.ts";
import { strayChunks } from "./support.ts";

const inCluster = groupNeeds("a cluster");
const access = useCluster();

const CHUNK = 4096;
const CHUNKS = 200;
/** What has no leader for a while is tried anew within this time. */
const LIMITS = { timeout: 10_000 };
const OPTIONS = { chunkSize: CHUNK, window: 8 * CHUNK, ...LIMITS };

let nc: Connection;

beforeAll(async () => {
  const servers = access.cluster.servers.map(({ url }) => url);
  nc = await connect({ servers, reconnect: QUICK_RECONNECT, warnings: false });
});

afterAll(() => nc.close());

interface Replicated {
  readonly store: ObjectStore;
  readonly stream: Stream;
}

async function aStore(): Promise<Replicated> {
  const name = unique("r3");
  const store = await eventually(() => objectStore(nc).create(name, { replicas: 3 }, { timeout: 2000 }));
  return { store, stream: await jetstream(nc).streams.get(`OBJ_${name}`) };
}

/** Puts bytes while `disturb` is called in their midst; the error, if it fails. */
async function disturbedPut(
  store: ObjectStore,
  bytes: Uint8Array,
  disturb: () => Promise<unknown>,
): Promise<NatsError | undefined> {
  let disturbed: Promise<unknown> | undefined;
  const onProgress = ({ bytes: stored }: { readonly bytes: number }): void => {
    if (stored >= bytes.length / 2) disturbed ??= disturb().catch(() => undefined);
  };
  try {
    await store.put("it", bytes, { ...OPTIONS, onProgress });
    return undefined;
  } catch (thrown) {
    if (!isNatsError(thrown)) throw thrown;
    return thrown;
  } finally {
    await disturbed;
  }
}

/** Whether it is one of the two, whole. */
async function expectOneOf(
  store: ObjectStore,
  before: Uint8Array,
  after: Uint8Array,
  error: NatsError | undefined,
): Promise<Uint8Array> {
  const bytes = await eventually(async () => await (await store.get("it", LIMITS)).bytes());
  const isNew = Buffer.from(after).equals(bytes);
  expect(isNew || Buffer.from(before).equals(bytes)).toBe(true);
  if (error === undefined) expect(isNew).toBe(true);
  else if (isNew) expect(error.message).toContain("may be stored or not");
  if (error?.message.includes("may be") !== true) expect(await strayChunks(nc, store.name)).toBe(0);
  return bytes;
}

inCluster("objects of three replicas", () => {
  it("[OBJ-03] [OBJ-07] are put and read while their leader steps down: whole, or not at all", async () => {
    const { store, stream } = await aStore();
    let is: Uint8Array = randomBytes(CHUNK * CHUNKS);
    await store.put("it", is, OPTIONS);
    for (let round = 0; round < 2; round++) {
      const next = randomBytes(CHUNK * CHUNKS + round);
      const error = await disturbedPut(store, next, () => stream.peers.stepDown());
      is = await expectOneOf(store, is, next, error);
      const chunks: Uint8Array[] = [];
      for await (const chunk of await store.get("it", LIMITS)) {
        if (chunks.push(chunk) === CHUNKS / 2) await stream.peers.stepDown().catch(() => undefined);
      }
      expect(Buffer.concat(chunks).equals(is)).toBe(true);
    }
  }, 90_000);

  it("[OBJ-03] [OBJ-07] are put and read while a server is killed: whole, or not at all", async () => {
    const { store, stream } = await aStore();
    const before = randomBytes(CHUNK * CHUNKS);
    await store.put("it", before, OPTIONS);
    await store.put("other", before, OPTIONS);
    const leader = await eventually(async () => {
      const { cluster } = await stream.info();
      expect(cluster?.leader).toBeTruthy();
      return cluster!.leader!;
    });
    // They are named cluster-1, cluster-2, cluster-3.
    const server = access.cluster.servers[Number(leader.split("-").at(-1)) - 1]!;
    const reading = (async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await store.get("other", LIMITS)) chunks.push(chunk);
      return Buffer.concat(chunks);
    })();
    const after = randomBytes(CHUNK * CHUNKS + 1);
    const error = await disturbedPut(store, after, () => server.kill());
    expect((await reading).equals(before)).toBe(true);
    await expectOneOf(store, before, after, error);
  }, 90_000);
});

import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { backup, type JetStream, jetstream, restore, type Stream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { all, fill } from "../../support/fill.ts";
import { unique, useCluster } from "../../support/jetstream.ts";
import { groupNeeds, type RunningCluster } from "../../support/nats-server.ts";

const inCluster = groupNeeds("a cluster");

let cluster: RunningCluster;
let nc: Connection;
let js: JetStream;
const access = useCluster();

beforeAll(async () => {
  cluster = access.cluster;
  nc = await connect({ servers: cluster.servers.map(({ url }) => url) });
  js = jetstream(nc);
});

afterAll(() => nc.close());

async function made(replicas: number, settings: object = {}): Promise<Stream> {
  const name = unique("SPREAD");
  const stream = await js.streams.create({
    name,
    subjects: [`${name}.*`],
    replicas,
    allowDirect: true,
    ...settings,
  });
  await settled(stream, replicas);
  return stream;
}

/** Waits until a leader leads so many replicas that are current, and no change is under way. Resolves with their names. */
async function settled(stream: Stream, replicas: number): Promise<{ leader: string; followers: string[] }> {
  return await eventually(async () => {
    const { cluster: group } = await stream.info();
    expect(group?.leader).toBeTruthy();
    expect(group?.desired).toBeUndefined();
    expect(group?.replicas.filter(({ current, offline }) => current && !offline)).toHaveLength(replicas - 1);
    return { leader: group!.leader!, followers: group!.replicas.map(({ name }) => name).sort() };
  });
}

/** The servers' names, in the order of `cluster.servers`. */
const NAMES = ["cluster-1", "cluster-2", "cluster-3"];

/** The server that has no copy. */
function other(group: { readonly leader: string; readonly followers: readonly string[] }): string {
  return NAMES.find((name) => name !== group.leader && !group.followers.includes(name))!;
}

inCluster("a stream in a cluster", () => {
  it("[JS-STR-14] [JS-STR-17] [JS-STR-33] tells where it is", async () => {
    const { cluster: first } = await (await made(1)).info();
    const stream = await made(3, { placement: { cluster: first!.name } });
    const { cluster: group, config } = await stream.info();
    expect(config).toMatchObject({ replicas: 3, placement: { cluster: first!.name } });
    expect(group?.raftGroup).toMatch(/^S-R3F-/);
    expect(group?.leaderSince).toBeInstanceOf(Date);
    expect(group?.replicas).toHaveLength(2);
    for (const peer of group!.replicas) {
      expect(peer).toMatchObject({ current: true, offline: false, lag: 0 });
      expect(peer.peer).toBeTruthy();
      expect(peer.active).toBeGreaterThanOrEqual(0);
    }
    const nowhere = js.streams.create({ name: unique("NOWHERE"), placement: { cluster: "elsewhere" } });
    expect(await failure(nowhere)).toMatchObject({ code: "API_ERROR", errCode: 10_005 });
  });

  it("[JS-STR-34] has its leader hand over, to any server or to one that is named", async () => {
    const stream = await made(3);
    const before = await settled(stream, 3);
    await stream.peers.stepDown();
    const next = await eventually(async () => {
      const group = await settled(stream, 3);
      expect(group.leader).not.toBe(before.leader);
      return group;
    });
    const preferred = next.followers[0]!;
    await stream.peers.stepDown({ to: { preferred } });
    await eventually(async () => expect((await settled(stream, 3)).leader).toBe(preferred));
    const unknown = await failure(stream.peers.stepDown({ to: { preferred: "nobody" } }));
    expect(unknown).toMatchObject({ code: "API_ERROR", stream: stream.name });
    expect(await failure(stream.peers.stepDown({ to: { prefered: "x" } } as never))).toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("[JS-STR-34] has a peer removed and replaced", async () => {
    const stream = await made(2);
    await js.publish(`${stream.name}.a`, "kept");
    const before = await settled(stream, 2);
    await stream.peers.remove(before.followers[0]!);
    await eventually(async () => expect((await settled(stream, 2)).followers).toEqual([other(before)]));
    expect(await failure(stream.peers.remove("nobody"))).toMatchObject({
      code: "API_ERROR",
      errCode: 10_040,
    });
    expect(await failure(stream.peers.remove(""))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "peer",
    });
    expect((await stream.get({ seq: 1 }, { leader: true }))?.string()).toBe("kept");
  });

  it("[JS-STR-35] has a peer leave once another one has caught up", async () => {
    const stream = await made(2);
    const before = await settled(stream, 2);
    await stream.peers.evacuate(before.followers[0]!);
    await eventually(async () => expect((await settled(stream, 2)).followers).toEqual([other(before)]));
    expect(await failure(stream.peers.evacuate("nobody"))).toMatchObject({
      code: "API_ERROR",
      errCode: 10_040,
    });
  });

  it("[JS-CON-27] [JS-CON-30] has consumers with leaders and peers of their own", async () => {
    const stream = await made(3);
    const consumer = await js.consumers.create(stream.name, { durable: "worker" });
    const leader = async (): Promise<string> => {
      const { cluster: group } = await consumer.info();
      expect(group?.leader).toBeTruthy();
      return group!.leader!;
    };
    const before = await eventually(leader);
    await consumer.peers.stepDown();
    await eventually(async () => expect(await leader()).not.toBe(before));
    expect(await failure(consumer.peers.remove("nobody"))).toMatchObject({
      stream: stream.name,
      consumer: "worker",
    });
    expect(await failure(consumer.peers.evacuate("nobody"))).toMatchObject({ consumer: "worker" });
  });

  it(
    "[JS-STR-40] [JS-STR-41] [JS-STR-42] tells of a change under way, which can be called off",
    { timeout: 90_000 },
    async () => {
      const stream = await made(1);
      expect(await failure(stream.cancelMove())).toMatchObject({ code: "API_ERROR", errCode: 10_129 });
      const { leader } = await settled(stream, 1);
      // A server that stands still keeps the change from coming to its end; it must not be one that has to answer.
      const { meta_cluster: meta } = await cluster.servers[0]!.monitor("/jsz");
      const needed = [leader, (meta as { leader: string }).leader];
      const frozen = cluster.servers.find((_, i) => !needed.includes(NAMES[i]!))!;
      const others = cluster.servers.filter((server) => server !== frozen);
      await using client = await connect({ servers: others.map(({ url }) => url) });
      const { streams } = jetstream(client);
      const moving = streams.bind(stream.name);
      await frozen.freeze();
      try {
        await streams.update(stream.name, { replicas: 3 });
        const desired = await eventually(async () => {
          const { cluster: group } = await moving.info();
          expect(group?.desired?.origin?.replicas).toBe(1);
          return group!.desired!;
        });
        expect(desired.created).toBeInstanceOf(Date);
        const another = await failure(
          streams.update(stream.name, { replicas: 1, placement: { cluster: "cluster" } }),
        );
        expect(another).toMatchObject({ stream: stream.name });
        expect([10_123, 10_124, 10_226]).toContain((another as { errCode?: number }).errCode);
        expect((await moving.cancelMove()).config.replicas).toBe(1);
      } finally {
        frozen.thaw();
      }
      await settled(stream, 1);
    },
  );

  it("[JS-STR-32] tells where it can be read too", async () => {
    const stream = await made(1);
    const mirror = await js.streams.create({ name: unique("MIRROR"), mirror: { name: stream.name } });
    const names = (await stream.info()).alternates?.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([stream.name, mirror.name]));
  });
});

inCluster("reading in a cluster", () => {
  it("[JS-GET-02] [JS-STR-09] goes on while the leader changes", async () => {
    const stream = await made(3);
    await fill(nc, 3500, (n) => ({ subject: `${stream.name}.${n % 7}`, data: `${n}` }));
    expect((await stream.get({ seq: 3500 }, { leader: true }))?.string()).toBe("3500");
    await settled(stream, 3);
    const read: number[] = [];
    for await (const { seq } of stream.messages()) {
      read.push(seq);
      if (seq === 500) await stream.peers.stepDown();
    }
    expect(read).toEqual(Array.from({ length: 3500 }, (_, i) => i + 1));
  });
});

inCluster("backups in a cluster", () => {
  it("[JS-STR-37] [JS-STR-38] give an equal stream, and nothing is left where they fail", async () => {
    const stream = await made(3);
    await fill(nc, 200, (n) => ({ subject: `${stream.name}.${n % 7}`, data: randomBytes(10_000) }));
    const { manifest, readable } = await backup(js, stream.name);
    const chunks = await all(readable);
    const name = unique("COPY");
    const options = { changes: { name, subjects: [`${name}.*`] } };

    async function* cutShort(): AsyncGenerator<Uint8Array> {
      yield* chunks.slice(0, -2);
    }
    expect(await failure(restore(js, manifest, cutShort(), options))).toMatchObject({
      code: "BACKUP_INCOMPLETE",
    });
    await eventually(async () =>
      expect(await failure(js.streams.get(name))).toMatchObject({ code: "STREAM_NOT_FOUND" }),
    );

    async function* whole(): AsyncGenerator<Uint8Array> {
      yield* chunks;
    }
    const copy = await restore(js, manifest, whole(), options);
    await settled(copy, 3);
    const contents = async (of: Stream): Promise<string[]> =>
      (await all(of.messages())).map(
        (m) => `${m.seq} ${m.subject} ${m.timeNanos} ${Buffer.from(m.data).toString("hex")}`,
      );
    expect(await contents(copy)).toEqual(await contents(stream));
  });
});

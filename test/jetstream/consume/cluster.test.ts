import { afterAll, beforeAll, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import {
  type Consumer,
  type ConsumerConfig,
  type JetStream,
  jetstream,
  type JetStreamMessage,
} from "../../../src/jetstream/index.ts";
import { EventLog } from "../../support/event-log.ts";
import { eventually } from "../../support/eventually.ts";
import { unique, useCluster } from "../../support/jetstream.ts";
import { groupNeeds, type RunningCluster, type RunningServer } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { numbers } from "./support.ts";

const inCluster = groupNeeds("a cluster");

let cluster: RunningCluster;
let nc: Connection;
let js: JetStream;
const access = useCluster();

beforeAll(async () => {
  cluster = access.cluster;
  nc = await connect({ servers: cluster.servers.map(({ url }) => url), reconnect: QUICK_RECONNECT });
  js = jetstream(nc);
});

afterAll(() => nc.close());

/** A server may have been killed just before: then the cluster elects a leader of its own first. */
async function makeStream(name: string): Promise<void> {
  const config = { name, subjects: [`${name}.*`], replicas: 3 };
  await eventually(() => js.streams.create(config, { timeout: 2000 }));
}

/** A stream of three replicas and a consumer of it, which has three as well. */
async function setUp(
  config: Partial<ConsumerConfig> = {},
): Promise<{ consumer: Consumer; subject: string; stream: string }> {
  const stream = unique("R3");
  await makeStream(stream);
  const consumer = await js.consumers.create(stream, { durable: "c", ...config } as ConsumerConfig);
  await leaderOf(consumer);
  return { consumer, subject: `${stream}.a`, stream };
}

/** The name of the server that leads, once all replicas are current. */
async function leaderOf(consumer: Pick<Consumer, "info">, replicas = 3): Promise<string> {
  return await eventually(async () => {
    const { cluster: group } = await consumer.info();
    expect(group?.leader).toBeTruthy();
    expect(group?.replicas.filter(({ current, offline }) => current && !offline)).toHaveLength(replicas - 1);
    return group!.leader!;
  });
}

async function publish(subject: string, texts: readonly string[]): Promise<void> {
  // While there is no leader nobody takes it. An id keeps what was taken from being stored twice.
  for (const text of texts) await eventually(() => js.publish(subject, text, { msgId: text, timeout: 2000 }));
}

function serverNamed(name: string): RunningServer {
  return cluster.servers[Number(name.slice(name.lastIndexOf("-") + 1)) - 1]!;
}

/** Leads from a server that this connection is not connected to. Resolves with that server. */
async function leadElsewhere(consumer: Consumer): Promise<RunningServer> {
  const leader = await leaderOf(consumer);
  const own = nc.info!.serverName;
  if (leader !== own) return serverNamed(leader);
  const preferred = ["cluster-1", "cluster-2", "cluster-3"].find((name) => name !== own)!;
  await consumer.peers.stepDown({ to: { preferred } });
  return await eventually(async () => {
    const found = await leaderOf(consumer);
    expect(found).not.toBe(own);
    return serverNamed(found);
  });
}

inCluster("a consumer of three replicas", () => {
  it("[JS-PULL-23] [JS-STATUS-17] [JS-STATUS-18] a fetch hands out all that was sent, though statuses overtake data", async () => {
    const { consumer, subject } = await setUp();
    await publish(subject, numbers(150));
    let received = 0;
    while (received < 150) {
      const texts: string[] = [];
      for await (const m of consumer.fetch({ maxMessages: 50, maxBytes: 2000, expires: 5000 })) {
        texts.push(m.string());
        await m.ackConfirmed();
      }
      expect(texts).not.toEqual([]);
      received += texts.length;
      // What the server has sent and is not here would hang until its ack wait.
      expect((await consumer.info()).delivered.consumerSeq).toBe(received);
    }
    expect(received).toBe(150);
  });

  it("[JS-STATUS-15] a fetch without waiting takes all that is there", async () => {
    const { consumer, subject } = await setUp();
    await publish(subject, numbers(30));
    const texts: string[] = [];
    for await (const m of consumer.fetch({ maxMessages: 100, noWait: true })) {
      texts.push(m.string());
      m.ack();
    }
    expect(texts).toEqual(numbers(30));
  });

  it("[JS-STATUS-19] asks a new leader at once", async () => {
    const { consumer, subject } = await setUp();
    // No heartbeat can help: it would come after the test.
    const messages = consumer.consume({ expires: 240_000, idleHeartbeat: 120_000 });
    const events: string[] = [];
    messages.on("heartbeatsMissed", ({ type }) => events.push(type));
    const reader = messages[Symbol.asyncIterator]();
    for (let i = 1; i <= 3; i++) {
      await publish(subject, [`${i}`]);
      const { value } = (await reader.next()) as { value: JetStreamMessage };
      expect(value.string()).toBe(`${i}`);
      await value.ackConfirmed();
      const leader = await leaderOf(consumer);
      await consumer.peers.stepDown();
      await eventually(async () => expect(await leaderOf(consumer)).not.toBe(leader));
    }
    await messages.stop();
    expect(events).toEqual([]);
  });

  it("[JS-STATUS-35] goes on within two heartbeats after its leader was killed", async () => {
    const { consumer, subject } = await setUp({ ackWait: 2000 });
    const messages = consumer.consume({ expires: 4000, idleHeartbeat: 1000 });
    const texts = new Set<string>();
    const reading = (async () => {
      for await (const m of messages) {
        texts.add(m.string());
        m.ack();
      }
    })();
    await publish(subject, numbers(20));
    const server = await leadElsewhere(consumer);
    await server.kill();
    try {
      await publish(subject, numbers(20, 21));
      await eventually(() => expect([...texts].sort()).toEqual(numbers(40).sort()));
    } finally {
      await server.restart();
    }
    await messages.stop();
    await reading;
    await leaderOf(consumer);
  }, 120_000);

  it("[JS-STATUS-33] [R91] loses nothing when its own server is killed", async () => {
    const { consumer, subject } = await setUp({ ackWait: 2000 });
    const log = new EventLog(nc);
    const messages = consumer.consume({ expires: 4000, idleHeartbeat: 1000 });
    const texts = new Set<string>();
    const reading = (async () => {
      for await (const m of messages) {
        texts.add(m.string());
        m.ack();
      }
    })();
    await publish(subject, numbers(20));
    const server = serverNamed(nc.info!.serverName);
    await server.kill();
    try {
      await log.wait("reconnected");
      await publish(subject, numbers(20, 21));
      await eventually(() => expect([...texts].sort()).toEqual(numbers(40).sort()));
    } finally {
      await server.restart();
    }
    await messages.stop();
    await reading;
    await leaderOf(consumer);
  }, 120_000);
});

inCluster("an ordered reader", () => {
  it("[JS-PUSH-05] [JS-PUSH-08] has no gap and no repeat when the server of its consumer is killed", async () => {
    const stream = unique("R3");
    await makeStream(stream);
    const ordered = await js.consumers.ordered(stream);
    const messages = ordered.consume({ expires: 4000, idleHeartbeat: 1000 });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const m of messages) texts.push(m.string());
    })();
    await publish(`${stream}.a`, numbers(20));
    await eventually(() => expect(texts).toEqual(numbers(20)));
    const server = serverNamed((await ordered.info()).cluster!.leader!);
    await server.kill();
    try {
      await publish(`${stream}.a`, numbers(20, 21));
      await eventually(() => expect(texts).toEqual(numbers(40)));
    } finally {
      await server.restart();
    }
    await messages.stop();
    await reading;
  }, 120_000);
});

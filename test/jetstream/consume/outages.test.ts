import { describe, expect, it } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream, type JetStream, type JetStreamMessage } from "../../../src/jetstream/index.ts";
import { EventLog } from "../../support/event-log.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { needs, type RunningServer, withCluster, withServer } from "../../support/nats-server.ts";
import { QUICK_RECONNECT } from "../../support/outage.ts";
import { Proxy } from "../../support/proxy.ts";
import { numbers, publishNumbers, setUp } from "./support.ts";

interface Place {
  readonly server: RunningServer;
  readonly nc: Connection;
  readonly js: JetStream;
  /** By another connection, which no proxy stands before. */
  readonly other: JetStream;
  readonly proxy: Proxy;
  readonly log: EventLog;
}

async function withPlace(body: (place: Place) => Promise<void>): Promise<void> {
  await withServer({ jetstream: true }, async (server) => {
    await using proxy = await Proxy.start(server.port);
    await using nc = await connect({ servers: proxy.url, reconnect: QUICK_RECONNECT });
    await using direct = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
    await body({ server, nc, js: jetstream(nc), other: jetstream(direct), proxy, log: new EventLog(nc) });
  });
}

/** Reads and acks until all of these have come; how often each came. */
async function readUntil(
  messages: AsyncIterable<JetStreamMessage>,
  count: number,
): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for await (const m of messages) {
    const text = m.string();
    seen.set(text, (seen.get(text) ?? 0) + 1);
    m.ack();
    if (seen.size === count) break;
  }
  return seen;
}

describe("a consume", () => {
  needs("NATS bytes at a proxy")(
    "[JS-STATUS-33] goes on after its link was cut, without a second pull beside it",
    async () => {
      await withPlace(async ({ js, other, proxy, log }) => {
        // What was on its way to a lost link comes again after this.
        const { consumer, subject } = await setUp(other, 100, { ackWait: 1500 });
        const messages = js.consumers.bind(consumer.stream, "c").consume({ capacity: 10 });
        const events: string[] = [];
        messages.on("heartbeatsMissed", ({ type }) => void events.push(type));
        const reading = readUntil(messages, 200);
        for (let outage = 1; outage <= 5; outage++) {
          proxy.cut();
          await log.wait("reconnected", outage);
          await publishNumbers(other, subject, 20, 81 + 20 * outage);
        }
        const seen = await reading;
        expect([...seen.keys()].sort()).toEqual(numbers(200).sort());
        expect(events).toEqual([]);
        await messages.closed;
        // The pulls of lost links have ended. (An ack that was on its way to one is lost: its message may still be pending.)
        await eventually(async () => expect((await consumer.info()).numWaiting).toBe(0));
      });
    },
  );

  needs("NATS bytes at a proxy")("that waits begins again with one pull of the whole capacity", async () => {
    await withPlace(async ({ js, other, proxy, log }) => {
      const { consumer, subject } = await setUp(other, 0);
      const messages = js.consumers.bind(consumer.stream, "c").consume({ capacity: 7 });
      const waiting = async (count: number): Promise<void> => {
        await eventually(async () => expect((await consumer.info()).numWaiting).toBe(count));
      };
      await waiting(1);
      proxy.cut();
      await log.wait("reconnected");
      await publishNumbers(other, subject, 30);
      await eventually(() => expect(messages.pending.messages).toBe(7));
      // What the old pull would have taken is not gone for the ack wait.
      expect((await consumer.info()).numAckPending).toBe(7);
      await messages.stop();
    });
  });

  it("[R90] goes on after the server was killed and started again", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const js = jetstream(nc);
      const log = new EventLog(nc);
      const { consumer, subject } = await setUp(js, 50, {}, { storage: "file" });
      const messages = consumer.consume({ capacity: 20 });
      const reading = readUntil(messages, 100);
      await server.kill();
      await log.wait("disconnected");
      await server.restart();
      await log.wait("reconnected");
      await eventually(() => js.publish(subject, "51"));
      await publishNumbers(js, subject, 49, 52);
      const seen = await reading;
      expect([...seen.keys()].sort()).toEqual(numbers(100).sort());
    });
  });

  it("begins when there is a link", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const js = jetstream(nc);
      const log = new EventLog(nc);
      const { consumer } = await setUp(js, 10, {}, { storage: "file" });
      await server.kill();
      await log.wait("disconnected");
      const messages = consumer.consume();
      const one = consumer.next({ expires: 20_000 });
      await server.restart();
      const first = await one;
      first!.ack();
      const seen = await readUntil(messages, 9);
      expect([...seen.keys(), first!.string()].sort()).toEqual(numbers(10).sort());
    });
  });

  needs("NATS bytes at a proxy")("of a fetch goes on too, for what is left of its time", async () => {
    await withPlace(async ({ js, other, proxy, log }) => {
      const { consumer, subject } = await setUp(other, 2);
      const messages = js.consumers.bind(consumer.stream, "c").fetch({ maxMessages: 5, expires: 20_000 });
      await eventually(() => expect(messages.pending.messages).toBe(2));
      proxy.cut();
      await log.wait("reconnected");
      await publishNumbers(other, subject, 3, 3);
      const seen = await readUntil(messages, 5);
      expect([...seen.keys()]).toHaveLength(5);
    });
  });

  it("[R91] hears of missed heartbeats from a frozen server, and goes on when it is back", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const js = jetstream(nc);
      const { consumer, subject } = await setUp(js, 1);
      const messages = consumer.consume({ expires: 1000, idleHeartbeat: 500 });
      const missed = new Promise<number>((resolve) =>
        messages.on("heartbeatsMissed", ({ count }) => resolve(count)),
      );
      const loop = messages[Symbol.asyncIterator]();
      (await loop.next()).value!.ack();
      await server.freeze();
      expect(await missed).toBeGreaterThanOrEqual(1);
      server.thaw();
      await js.publish(subject, "back");
      const next = await loop.next();
      expect(next.value!.string()).toBe("back");
      next.value!.ack();
      await loop.return();
    });
  });

  it("[JS-PULL-08] of a fetch fails with HEARTBEATS_MISSED if the server is silent", async () => {
    await withServer({ jetstream: true }, async (server) => {
      await using nc = await connect({ servers: server.url, reconnect: QUICK_RECONNECT });
      const { consumer } = await setUp(jetstream(nc), 0);
      const messages = consumer.fetch({ expires: 30_000, idleHeartbeat: 500 });
      const failed = failure(
        (async () => {
          for await (const m of messages) m.ack();
        })(),
      );
      await eventually(async () => expect((await consumer.info()).numWaiting).toBe(1));
      await server.freeze();
      try {
        expect(await failed).toMatchObject({ code: "HEARTBEATS_MISSED", retryable: true });
      } finally {
        server.thaw();
      }
    });
  });

  it("ends with the error that the connection ends with", async () => {
    await withServer({ jetstream: true }, async (server) => {
      const nc = await connect({ servers: server.url, reconnect: false });
      const { consumer } = await setUp(jetstream(nc), 1);
      const messages = consumer.consume();
      const reading = failure(
        (async () => {
          for await (const m of messages) m.ack();
        })(),
      );
      const one = failure(consumer.next({ expires: 20_000 }));
      await server.kill();
      expect(await reading).toMatchObject({ code: "CONNECTION_CLOSED" });
      expect(await one).toMatchObject({ code: "CONNECTION_CLOSED" });
      expect(await messages.closed).toMatchObject({
        reason: "connection-closed",
        error: { code: "CONNECTION_CLOSED" },
      });
      expect(thrown(() => consumer.consume()).code).toBe("CONNECTION_CLOSED");
      expect(await failure(consumer.next())).toMatchObject({ code: "CONNECTION_CLOSED" });
    });
  });
});

describe("in a cluster", () => {
  needs("a cluster")(
    "[JS-PULL-23] [JS-STATUS-17] [JS-STATUS-19] nothing is lost by statuses that overtake data, new leaders and moves",
    async () => {
      await withCluster(3, { jetstream: true }, async (cluster) => {
        await using nc = await connect({
          servers: cluster.servers.map(({ url }) => url),
          reconnect: QUICK_RECONNECT,
        });
        const js = jetstream(nc);
        const made = await eventually(() => setUp(js, 200, {}, { storage: "memory", replicas: 3 }));
        const { consumer, subject } = made;

        // Statuses come before the data that they count.
        for (let i = 0; i < 10; i++) {
          const messages = consumer.fetch({ maxMessages: 10, maxBytes: 1_000_000, expires: 10_000 });
          let count = 0;
          for await (const m of messages) {
            count++;
            await m.ackConfirmed();
          }
          expect(count).toBe(10);
        }
        await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));

        // What is on its way by a route when its server is left comes again after the ack wait; a pull that its leader has
        // not read yet is missed after two heartbeats.
        const again = await js.consumers.create(made.stream, {
          durable: "again",
          ackWait: 2000,
          // Not "new": each server finds out by itself where that begins, and one that is late begins later.
          deliverPolicy: { startSeq: 201 },
        });
        const messages = again.consume({ capacity: 20, expires: 2000 });
        const reading = readUntil(messages, 100);
        for (let i = 0; i < 2; i++) {
          await again.peers.stepDown().catch(() => undefined);
          await eventually(() => js.publish(subject, `moved ${i}`));
          await nc.reconnect();
          await publishNumbers(js, subject, 49, 201 + 50 * i);
        }
        const seen = await reading;
        expect(seen.size).toBe(100);
        await messages.closed;
        // An ack that a leader had not read when it stepped down is lost: its message may still be pending.
        await eventually(async () => expect((await again.info()).numPending).toBe(0));
      });
    },
  );
});

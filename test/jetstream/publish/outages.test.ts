import { describe, expect, test } from "vitest";
import { connect, type Connection } from "../../../src/index.ts";
import { jetstream, type JetStream, type Publisher } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure } from "../../support/failure.ts";
import { unique } from "../../support/jetstream.ts";
import { useServer } from "../../support/nats-server.ts";
import { Proxy } from "../../support/proxy.ts";
import { makeStream, type StreamToPublishTo } from "../../support/stream-for-publishing.ts";

const access = useServer({ jetstream: true });

const FAST = { delay: 5, maxDelay: 20 } as const;

/** A connection that is quick to come back. */
async function reach(url: string): Promise<{ readonly nc: Connection; readonly js: JetStream }> {
  const nc = await connect({ servers: url, reconnect: FAST });
  return { nc, js: jetstream(nc) };
}

/** Publishes numbers until all are; `during` runs once some are acked. */
async function publishAll(
  publisher: Publisher,
  stream: StreamToPublishTo,
  count: number,
  withIds: boolean,
  during: () => Promise<void>,
): Promise<Map<number, "acked" | { readonly code: string; readonly sent?: boolean }>> {
  const outcomes = new Map<number, "acked" | { readonly code: string; readonly sent?: boolean }>();
  let begun: Promise<void> | undefined;
  const isAcked = (number: number): void => {
    outcomes.set(number, "acked");
    if (outcomes.size >= count / 10) begun ??= during();
  };
  for (let i = 0; i < count; i++) {
    await publisher.ready();
    const options = withIds ? { msgId: `m${i}` } : {};
    void publisher.publish(stream.subject("a"), String(i), options).then(
      () => isAcked(i),
      (error: { readonly code: string; readonly sent?: boolean }) => void outcomes.set(i, error),
    );
  }
  await publisher.flush().catch(() => undefined);
  await begun;
  return outcomes;
}

async function storedNumbers(stream: StreamToPublishTo, js: JetStream): Promise<number[]> {
  const { connection: nc } = js.context;
  const last = await js.context.api.request({ subject: `STREAM.INFO.${stream.name}` });
  const { last_seq: lastSeq } = last["state"] as { last_seq: number };
  const numbers: number[] = [];
  const replies = nc.requestMany(
    `$JS.API.DIRECT.GET.${stream.name}`,
    JSON.stringify({ seq: 1, batch: lastSeq, next_by_subj: ">" }),
    { sentinel: (message) => message.headers?.status === 204, maxWait: 20_000 },
  );
  for await (const message of replies) numbers.push(Number(message.string()));
  return numbers;
}

describe("the server is killed in the middle of a window", () => {
  const COUNT = 6000;
  const kill = async (): Promise<void> => {
    await access.server.kill();
    await access.server.restart();
  };

  test("[JS-PUB-03] [JS-PUB-04] with ids every message is stored exactly once", async () => {
    const { nc, js } = await reach(access.url);
    const stream = await makeStream(js, { storage: "file", allowDirect: true });
    // It takes its time until a server that is back has its streams again.
    const publisher = js.publisher({ maxInFlight: 500, retries: 1000, retryDelay: 20, timeout: 2000 });
    const outcomes = await publishAll(publisher, stream, COUNT, true, kill);
    expect([...outcomes.values()].filter((outcome) => outcome !== "acked")).toEqual([]);
    const stored = await storedNumbers(stream, js);
    expect(stored.length).toBe(COUNT);
    expect(new Set(stored).size).toBe(COUNT);
    expect(await publisher.drain()).toMatchObject({ acked: COUNT, failed: 0, abandoned: 0 });
    await nc.close();
  });

  test("[JS-PUB-03] without ids all that is acked is stored, none twice, and what failed is told", async () => {
    const { nc, js } = await reach(access.url);
    const stream = await makeStream(js, { storage: "file", allowDirect: true });
    const publisher = js.publisher({ maxInFlight: 500, retries: 1000, retryDelay: 20, timeout: 2000 });
    const outcomes = await publishAll(publisher, stream, COUNT, false, kill);
    expect(outcomes.size).toBe(COUNT);
    const stored = await storedNumbers(stream, js);
    expect(new Set(stored).size).toBe(stored.length);
    const isStored = new Set(stored);
    for (const [number, outcome] of outcomes) {
      if (outcome === "acked") expect(isStored.has(number)).toBe(true);
      else if (outcome.sent !== true) expect(isStored.has(number)).toBe(false);
    }
    const { acked, failed, abandoned } = await publisher.drain();
    expect(acked + failed + abandoned).toBe(COUNT);
    // No more than was under way, at the kill and while the server came back.
    expect(failed).toBeLessThanOrEqual(1000);
    await nc.close();
  });

  test("[JS-PUB-04] a publish with an id is stored once, and without one says that it may be", async () => {
    const proxy = await Proxy.start(access.server.port);
    const { nc, js } = await reach(proxy.url);
    const stream = await makeStream(js);
    proxy.stall("down");
    const withId = js.publish(stream.subject("a"), "x", { msgId: "m", timeout: 20_000 });
    const without = failure(js.publish(stream.subject("a"), "y"));
    const inWindow = failure(js.publisher().publish(stream.subject("a"), "z"));
    await eventually(() => expect(proxy.recordedUp.toString()).toContain("PUB"));
    const { js: other } = await reach(access.url);
    await eventually(async () => expect(await countOf(other, stream)).toBe(3));
    proxy.cut();
    proxy.resume("down");
    for (const failed of [without, inWindow])
      expect(await failed).toMatchObject({ code: "DISCONNECTED", sent: true });
    expect(await withId).toMatchObject({ duplicate: true, seq: 1 });
    expect(await stream.messages()).toBe(3);
    await nc.close();
    await other.context.connection.close();
    await proxy.stop();
  });
});

const countOf = async (js: JetStream, stream: StreamToPublishTo): Promise<number> => {
  const { state } = await js.context.api.request({ subject: `STREAM.INFO.${stream.name}` });
  return (state as { messages: number }).messages;
};

describe("while there is no link", () => {
  test("[JS-PUB-03] what is published waits for it, in order and past the connection's own buffer", async () => {
    const proxy = await Proxy.start(access.server.port);
    const nc = await connect({ servers: proxy.url, reconnect: FAST, reconnectBufferSize: 1 });
    const js = jetstream(nc);
    const stream = await makeStream(js);
    const publisher = js.publisher({ timeout: 1000 });
    const away = nc.once("disconnected");
    proxy.refuse();
    proxy.cut();
    await away;
    const acks = Array.from({ length: 100 }, (_, i) => publisher.publish(stream.subject("a"), String(i)));
    expect(publisher.pending.messages).toBe(100);
    await proxy.accept();
    expect((await Promise.all(acks)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    expect(await stream.text(42)).toBe("41");
    await nc.close();
    await proxy.stop();
  });

  test("[JS-PUB-03] closing the connection tells what waited", async () => {
    const proxy = await Proxy.start(access.server.port);
    const { nc, js } = await reach(proxy.url);
    const publisher = js.publisher();
    const away = nc.once("disconnected");
    proxy.refuse();
    proxy.cut();
    await away;
    const waiting = failure(publisher.publish(unique("a"), "x"));
    await nc.close();
    expect(await waiting).toMatchObject({ code: "CONNECTION_CLOSED", sent: false });
    await proxy.stop();
  });
});

describe("a connection that moves to another server", () => {
  test("[JS-PUB-03] [JS-PUB-04] loses and repeats nothing", async () => {
    const { nc, js } = await reach(access.url);
    const stream = await makeStream(js, { allowDirect: true });
    const publisher = js.publisher({ maxInFlight: 500 });
    const outcomes = await publishAll(publisher, stream, 3000, false, () => nc.reconnect());
    expect([...outcomes.values()].filter((outcome) => outcome !== "acked")).toEqual([]);
    expect(await stream.messages()).toBe(3000);
    await nc.close();
  });
});

describe("an ingest whose link is cut", () => {
  test("[JS-FAST-04] [JS-FAST-09] goes on, or ends with what is stored", async () => {
    const proxy = await Proxy.start(access.server.port);
    const { nc, js } = await reach(proxy.url);
    const stream = await makeStream(js, { allowBatched: true, allowDirect: true });
    const ingest = js.ingest();
    const ingestAll = async (): Promise<void> => {
      for (let i = 1; i <= 20_000; i++) {
        await ingest.ready();
        ingest.publish(stream.subject("a"), String(i));
        if (i === 10_000) proxy.cut();
      }
      await ingest.commit();
    };
    const error = await ingestAll().then(
      () => undefined,
      (thrown: { code: string }) => thrown,
    );
    const { js: other, nc: otherNc } = await reach(access.url);
    const stored = await storedNumbers(stream, other);
    expect(stored).toEqual(Array.from({ length: stored.length }, (_, i) => i + 1));
    if (error === undefined) expect(stored.length).toBe(20_000);
    else expect(error.code).toBe("INGEST_ENDED");
    expect(ingest.acked).toBeLessThanOrEqual(stored.length);
    await nc.close();
    await otherNc.close();
    await proxy.stop();
  });
});

import { describe, expect, it } from "vitest";
import { connect } from "../../../src/index.ts";
import { type ConsumeEvent, type JetStreamMessage, jetstream } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { setUpPush } from "./support.ts";

const server = useJetStream();

describe("a push consumer", () => {
  it("[JS-PUSH-01] hands out what it sends to a loop", async () => {
    const { consumer } = await setUpPush(server.js, 20);
    const seen: string[] = [];
    for await (const message of consumer.consume()) {
      seen.push(message.string());
      message.ack();
      if (seen.length === 20) break;
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
    await eventually(async () => {
      expect(await consumer.info()).toMatchObject({ numAckPending: 0, ackFloor: { consumerSeq: 20 } });
    });
  });

  it("[JS-PUSH-01, JSS-09] hands it to a callback, whose acks are its own business", async () => {
    const { consumer, subject } = await setUpPush(server.js, 3);
    const seen: JetStreamMessage[] = [];
    const messages = consumer.consume({ callback: (m) => void seen.push(m), stopAfter: 4 });
    await server.js.publish(subject, "4");
    expect((await messages.closed).reason).toBe("enough");
    expect(seen.map((m) => m.string())).toEqual(["1", "2", "3", "4"]);
    expect((await consumer.info()).numAckPending).toBe(4);
  });

  it("[JSS-09] acks by itself what handlers of `work` have done, and naks what they have not", async () => {
    const { consumer } = await setUpPush(server.js, 3);
    const seen: string[] = [];
    const work = consumer.work(
      (m) => {
        seen.push(`${m.string()}/${m.deliveries}`);
        if (m.string() === "2" && m.deliveries === 1) throw new Error("not yet");
      },
      { retry: { delays: [1] } },
    );
    const told: string[] = [];
    work.on("handlerError", ({ message }) => told.push(message.string()));
    await eventually(() => expect(seen).toHaveLength(4));
    expect(told).toEqual(["2"]);
    expect(seen).toEqual(["1/1", "2/1", "3/1", "2/2"]);
    expect(await work.drain()).toMatchObject({ timedOut: false, complete: true });
    expect(work.stats()).toMatchObject({ acked: 3, retried: 1 });
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("[JS-PUSH-01] is shared by the members of its queue group", async () => {
    const { consumer, stream } = await setUpPush(server.js, 0, { push: { deliverGroup: "workers" } });
    await using other = await connect({ servers: server.url });
    const second = await jetstream(other).consumers.getPush(stream, consumer.name);
    const seen = { first: 0, second: 0 };
    const take = (who: "first" | "second") => (m: JetStreamMessage) => {
      seen[who]++;
      m.ack();
    };
    const loops = [
      consumer.consume({ callback: take("first") }),
      second.consume({ callback: take("second") }),
    ];
    await eventually(async () => expect((await consumer.info()).pushBound).toBe(true));
    await Promise.all([server.nc.flush(), other.flush()]);
    for (let i = 0; i < 200; i++) await server.js.publish(`${stream}.x`, String(i));
    await eventually(() => expect(seen.first + seen.second).toBe(200));
    expect(seen.first).toBeGreaterThan(0);
    expect(seen.second).toBeGreaterThan(0);
    await Promise.all(loops.map((messages) => messages.stop()));
  });

  it("[JS-CON-28] without a group is read by one client at a time", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const first = consumer.consume();
    const loop = first[Symbol.asyncIterator]();
    (await loop.next()).value!.ack();
    const second = await server.js.consumers.getPush(stream, consumer.name);
    const error = await failure(takeOne(second.consume()));
    expect(error).toMatchObject({ code: "CONSUMER_BOUND", stream, consumer: consumer.name, retryable: true });
    await first.stop();
    await server.js.publish(`${stream}.x`, "2");
    const [next] = await takeOne(second.consume());
    expect(next!.string()).toBe("2");
  });

  it("[JS-PULL-15] ends after as many messages as were asked for; the others come again", async () => {
    const { consumer } = await setUpPush(server.js, 10);
    const seen: string[] = [];
    const messages = consumer.consume({ stopAfter: 4 });
    for await (const message of messages) {
      seen.push(message.string());
      message.ack();
    }
    expect(seen).toEqual(["1", "2", "3", "4"]);
    expect((await messages.closed).reason).toBe("enough");
    for await (const message of consumer.consume({ stopAfter: 6 })) {
      seen.push(message.string());
      message.ack();
    }
    expect(seen.map(Number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("[JS-PULL-16] is drained: what has come is handled, and then it is over", async () => {
    const { consumer } = await setUpPush(server.js, 10);
    const seen: string[] = [];
    const messages = consumer.consume({
      callback: async (m) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(m.string());
        await m.ackConfirmed();
      },
    });
    await eventually(() => expect(messages.pending.messages).toBeGreaterThan(3));
    expect(await messages.drain()).toMatchObject({ abandoned: 0, timedOut: false, complete: true });
    expect(seen).toHaveLength(10);
    expect(await messages.closed).toEqual({ reason: "drained", returned: 0, abandoned: 0 });
    expect((await consumer.info()).numAckPending).toBe(0);
  });

  it("[JS-PULL-16] is drained with its connection", async () => {
    const { consumer, stream } = await setUpPush(server.js, 10);
    const nc = await connect({ servers: server.url });
    const seen: string[] = [];
    const own = await jetstream(nc).consumers.getPush(stream, consumer.name);
    const messages = own.consume({
      callback: async (m) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(m.string());
        m.ack();
      },
    });
    await eventually(() => expect(seen.length).toBeGreaterThan(1));
    expect(await nc.drain()).toMatchObject({ abandoned: 0, complete: true });
    expect((await messages.closed).reason).toBe("drained");
    expect(seen).toHaveLength(10);
    await eventually(async () => expect((await consumer.info()).numAckPending).toBe(0));
  });

  it("gives back what nobody handles when it is stopped, by a signal too", async () => {
    const { consumer } = await setUpPush(server.js, 6, { ackWait: 60_000 });
    const stop = new AbortController();
    const messages = consumer.consume({ signal: stop.signal });
    await eventually(() => expect(messages.pending.messages).toBe(6));
    stop.abort();
    expect(await messages.closed).toMatchObject({ reason: "stopped", returned: 6 });
    const again = consumer.consume({ stopAfter: 6 });
    const deliveries: number[] = [];
    for await (const message of again) {
      deliveries.push(message.deliveries);
      message.ack();
    }
    expect(deliveries).toHaveLength(6);
  });

  it("has values by a schema", async () => {
    const { consumer, stream } = await setUpPush(server.js, 0);
    await server.js.publish(`${stream}.x`, '{"n":5}');
    const typed = consumer.typed({
      encode: (value: number) => String(value),
      decode: (data: Uint8Array) => (JSON.parse(new TextDecoder().decode(data)) as { n: number }).n,
    });
    for await (const message of typed.consume({ stopAfter: 1 })) {
      const value: number = message.value;
      expect(value).toBe(5);
      message.ack();
    }
    expect(thrown(() => consumer.typed({} as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "schema",
    });
  });

  it("[JS-16] tells of messages that others sent to its subject, and hands them to nobody", async () => {
    const { consumer, subject } = await setUpPush(server.js, 0);
    const { deliverSubject } = consumer.cachedInfo!.config.push!;
    await using nc = await connect({ servers: server.url });
    const own = await jetstream(nc).consumers.getPush(consumer.stream, consumer.name);
    const errors: string[] = [];
    nc.on("error", ({ error }) => void errors.push(error.code));
    const messages = own.consume({ stopAfter: 1 });
    const reading = takeOne(messages);
    await eventually(async () => expect((await consumer.info()).pushBound).toBe(true));
    server.nc.publish(deliverSubject!, "forged");
    await server.js.publish(subject, "real");
    expect((await reading)[0]!.string()).toBe("real");
    await eventually(() => expect(errors).toEqual(["NOT_A_JETSTREAM_MESSAGE"]));
  });

  it("[JSS-05] is of no use to a handle of a pull consumer, and the reverse", async () => {
    const { consumer, stream } = await setUpPush(server.js, 1);
    const pulls = server.js.consumers.bind(stream, consumer.name);
    expect(await failure(takeOne(pulls.consume()))).toMatchObject({ code: "WRONG_CONSUMER_KIND" });
    await server.js.consumers.delete(stream, consumer.name);
    await server.js.consumers.create(stream, { durable: consumer.name });
    expect(await failure(takeOne(consumer.consume()))).toMatchObject({ code: "WRONG_CONSUMER_KIND" });
  });

  it("refuses options that it has not, and says what is there", async () => {
    const { consumer } = await setUpPush(server.js, 0);
    const cases: [object, string][] = [
      [{ capacity: 5 }, "capacity"],
      [{ expires: 5 }, "expires"],
      [{ stopAfter: 0 }, "stopAfter"],
      [{ onMissing: "give-up" }, "onMissing"],
      [{ pending: { messages: 0 } }, "pending.messages"],
      [{ pending: { onFull: "drop-old" } }, "pending.onFull"],
      [{ pending: { warnAt: 0.5 } }, "pending.warnAt"],
      [{ signal: new AbortController() }, "signal"],
      [{ callback: 5 }, "callback"],
    ];
    for (const [options, argument] of cases) {
      expect(
        thrown(() => consumer.consume(options)),
        argument,
      ).toMatchObject({ code: "INVALID_OPTION", argument });
    }
    expect(thrown(() => consumer.work((m) => m.ack(), { capacity: 5 } as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "capacity",
    });
  });
});

describe("a push consumer that was made for this client alone", () => {
  it("[JS-26, JSS-04] is removed when its messages are handled", async () => {
    const { stream } = await setUpPush(server.js, 3);
    const consumer = await server.js.consumers.create(stream, { push: {}, inactiveThreshold: 60_000 });
    const seen: string[] = [];
    for await (const message of consumer.consume({ stopAfter: 3 })) {
      seen.push(message.string());
      // It must be there as long as its messages are being handled.
      await message.ackConfirmed();
    }
    expect(seen).toHaveLength(3);
    await eventually(async () =>
      expect(await failure(consumer.info())).toMatchObject({ code: "CONSUMER_NOT_FOUND" }),
    );
  });

  it("[JS-26] is removed when it is drained or stopped", async () => {
    const { stream } = await setUpPush(server.js, 3);
    for (const end of ["stop", "drain"] as const) {
      const consumer = await server.js.consumers.create(stream, { push: {}, inactiveThreshold: 60_000 });
      const messages = consumer.consume({ callback: (m) => m.ack() });
      await eventually(async () => expect((await consumer.info()).pushBound).toBe(true));
      await messages[end]();
      await eventually(async () =>
        expect(await failure(consumer.info())).toMatchObject({ code: "CONSUMER_NOT_FOUND" }),
      );
    }
  });

  it("[JS-26] but not by whoever finds it bound", async () => {
    const { stream } = await setUpPush(server.js, 1);
    const consumer = await server.js.consumers.create(stream, { push: {}, inactiveThreshold: 60_000 });
    const seen: string[] = [];
    const first = consumer.consume({ callback: (m) => void seen.push(m.string()) });
    await eventually(() => expect(seen).toHaveLength(1));
    expect(await failure(takeOne(consumer.consume()))).toMatchObject({ code: "CONSUMER_BOUND" });
    await server.js.publish(`${stream}.x`, "2");
    await eventually(() => expect(seen).toEqual(["1", "2"]));
    await first.stop();
  });

  it("[JSS-03] but not one that has a name, or was found", async () => {
    const { stream } = await setUpPush(server.js, 3);
    const named = await server.js.consumers.create(stream, {
      name: "named",
      push: {},
      inactiveThreshold: 60_000,
    });
    await takeOne(named.consume({ stopAfter: 1 }));
    const made = await server.js.consumers.create(stream, { push: {}, inactiveThreshold: 60_000 });
    const found = await server.js.consumers.getPush(stream, made.name);
    await takeOne(found.consume({ stopAfter: 1 }));
    await server.nc.flush();
    expect((await named.info()).name).toBe("named");
    expect((await found.info()).name).toBe(made.name);
  });
});

describe("the events of a push consumer", () => {
  it("[JS-10, JS-PUSH-02, JS-PULL-11] tell of silence; one that is gone ends it", async () => {
    const { consumer, stream } = await setUpPush(server.js, 0, { push: { idleHeartbeat: 100 } });
    const messages = consumer.consume();
    const events: ConsumeEvent[] = [];
    messages.on("heartbeatsMissed", (event) => events.push(event));
    const reading = takeOne(messages);
    await eventually(async () => expect((await consumer.info()).pushBound).toBe(true));
    await server.js.consumers.delete(stream, consumer.name);
    const error = await failure(reading);
    expect(error).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream, consumer: consumer.name });
    expect(await messages.closed).toMatchObject({ reason: "failed", error: { code: "CONSUMER_NOT_FOUND" } });
    expect(events).toEqual([{ type: "heartbeatsMissed", count: 1 }]);
  });

  it("[JS-10, JS-CON-28] count the silences in a row, also of one that is taken to be there", async () => {
    const { stream } = await setUpPush(server.js, 0);
    const push = { deliverSubject: unique("nobody.sends"), idleHeartbeat: 100 };
    const messages = server.js.consumers.bindPush(stream, { durable: "any", push }).consume();
    const counts: number[] = [];
    messages.on("heartbeatsMissed", ({ count }) => counts.push(count));
    await eventually(() => expect(counts.slice(0, 3)).toEqual([1, 2, 3]));
    await messages.stop();
  });

  it("[JS-10] don't tell of it as long as heartbeats come", async () => {
    const { consumer } = await setUpPush(server.js, 0, { push: { idleHeartbeat: 100 } });
    const messages = consumer.consume();
    const events: ConsumeEvent[] = [];
    messages.on("heartbeatsMissed", (event) => events.push(event));
    const { inMessages } = server.nc.stats();
    // Heartbeats are counted as messages of the connection, and handed to nobody.
    await eventually(() => expect(server.nc.stats().inMessages).toBeGreaterThan(inMessages + 6));
    expect(events).toEqual([]);
    expect(messages.pending.messages).toBe(0);
    await messages.stop();
  });

  it("[JS-PULL-11] tell that it is missing, and that it is waited for", async () => {
    const { consumer, stream, config } = await setUpPush(server.js, 1, { push: { idleHeartbeat: 100 } });
    const messages = consumer.consume({ onMissing: "wait" });
    const missing = nextEvent(messages, "missing");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const message of messages) {
        seen.push(message.string());
        message.ack();
        if (seen.at(-1) === "after") break;
      }
    })();
    await eventually(() => expect(seen).toEqual(["1"]));
    await server.js.consumers.delete(stream, consumer.name);
    expect(await missing).toMatchObject({ type: "missing", error: { code: "CONSUMER_NOT_FOUND" } });
    await server.js.publish(`${stream}.x`, "after");
    // It sends to another subject now.
    await server.js.consumers.create(stream, config);
    await reading;
    expect(seen).toEqual(["1", "1", "after"]);
  });

  it("[JS-PULL-11, JS-PUSH-08] tell that it was made anew, to go on with what was not handled", async () => {
    const { consumer, stream } = await setUpPush(server.js, 3, { push: { idleHeartbeat: 100 } });
    const messages = consumer.consume({ onMissing: "recreate" });
    const reset = nextEvent(messages, "reset");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const message of messages) {
        seen.push(message.string());
        // The second one is still being handled when the consumer goes.
        if (message.string() !== "2" || seen.includes("4")) message.ack();
        if (message.string() === "4") break;
      }
    })();
    await eventually(() => expect(seen).toEqual(["1", "2", "3"]));
    await server.js.consumers.delete(stream, consumer.name);
    expect(await reset).toMatchObject({
      type: "reset",
      reason: "missing",
      consumer: consumer.name,
      fromSeq: 2,
    });
    await server.js.publish(`${stream}.x`, "4");
    await reading;
    expect(seen).toEqual(["1", "2", "3", "2", "3", "4"]);
  });

  it("[JS-PULL-11] a stream that is gone ends it too, or is waited for", async () => {
    const { consumer, stream, config } = await setUpPush(server.js, 1, { push: { idleHeartbeat: 100 } });
    const patient = consumer.consume({ onMissing: "recreate" });
    const missing = nextEvent(patient, "missing");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const message of patient) {
        seen.push(message.string());
        message.ack();
        if (seen.length === 2) break;
      }
    })();
    await eventually(() => expect(seen).toEqual(["1"]));
    await server.js.streams.delete(stream);
    expect(await missing).toMatchObject({ error: { code: "STREAM_NOT_FOUND" } });
    await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
    await server.js.publish(`${stream}.x`, "new");
    await reading;
    expect(seen).toEqual(["1", "new"]);
    await server.js.streams.delete(stream);
    const impatient = consumer.consume();
    expect(await failure(takeOne(impatient))).toMatchObject({ code: "STREAM_NOT_FOUND" });
    expect(config.push).toEqual({ idleHeartbeat: 100 });
  });
});

type Messages = AsyncIterable<JetStreamMessage>;

async function takeOne(messages: Messages): Promise<JetStreamMessage[]> {
  for await (const message of messages) return [message];
  return [];
}

function nextEvent<K extends ConsumeEvent["type"]>(
  messages: { on(type: K, listener: (event: ConsumeEvent) => void): () => void },
  type: K,
): Promise<ConsumeEvent> {
  return new Promise((resolve) => {
    const off = messages.on(type, (event) => {
      off();
      resolve(event);
    });
  });
}

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isNatsError } from "../../../src/index.ts";
import { type ConsumerConfig, meta } from "../../../src/jetstream/index.ts";
import { eventually } from "../../support/eventually.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";

const server = useJetStream();

async function setUp(messages = 0, config: Partial<ConsumerConfig> = {}) {
  const stream = unique("S");
  await server.js.streams.create({ name: stream, subjects: [`${stream}.>`], storage: "memory" });
  for (let i = 1; i <= messages; i++) await server.js.publish(`${stream}.x`, String(i));
  const consumer = await server.js.consumers.create(stream, {
    durable: "worker",
    ...config,
  } as ConsumerConfig);
  return { stream, consumer };
}

describe("a handle of a consumer", () => {
  it("[JS-CON-20] pauses and resumes it", async () => {
    const { consumer } = await setUp(1);
    const until = new Date(Date.now() + 3_600_000);
    await consumer.pause(until);
    const info = await consumer.info();
    expect(info).toMatchObject({ paused: true, config: { pauseUntil: until } });
    expect(info.pauseRemaining).toBeGreaterThan(3_000_000);
    expect(await consumer.next({ expires: 200 })).toBeUndefined();
    await consumer.resume();
    expect((await consumer.info()).paused).toBe(false);
    expect((await consumer.next())!.string()).toBe("1");
    await consumer.pause(new Date(0));
    expect((await consumer.info()).paused).toBe(false);
    for (const wrong of [new Date(Number.NaN), 5, undefined]) {
      expect(await failure(consumer.pause(wrong as Date))).toMatchObject({
        code: "INVALID_OPTION",
        argument: "until",
      });
    }
  });

  it("[JS-CON-20] made with a time to pause until is paused from the beginning", async () => {
    const { consumer } = await setUp(1, { pauseUntil: new Date(Date.now() + 3_600_000) });
    expect(consumer.cachedInfo!.paused).toBe(true);
  });

  it("[JS-CON-26] begins anew: behind what is acked, or where it is told to", async () => {
    const { consumer } = await setUp(5);
    for (let i = 1; i <= 3; i++) await (await consumer.next())!.ackConfirmed();
    const fourth = (await consumer.next())!;
    expect(await consumer.reset()).toBe(4);
    expect((await consumer.next())!.seq).toBe(4);
    expect(await consumer.reset({ seq: 2 })).toBe(2);
    expect((await consumer.next())!.seq).toBe(2);
    expect(await failure(consumer.reset({ seq: 0 }))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "seq",
    });
    expect(fourth.seq).toBe(4);
  });

  it("[JS-CON-26] but not where its configuration doesn't let it", async () => {
    const { consumer } = await setUp(5, { deliverPolicy: { startSeq: 3 } });
    const error = await failure(consumer.reset({ seq: 1 }));
    expect(error).toMatchObject({ errCode: 10204, stream: consumer.stream, consumer: "worker" });
  });

  it("[JS-CON-22, JS-CON-24] takes the pin from the client that has it", async () => {
    const { consumer } = await setUp(3, { priority: { policy: "pinned-client", groups: ["jobs"] } });
    const priority = { group: "jobs" };
    expect((await consumer.next({ priority }))!.seq).toBe(1);
    const pinned = (await consumer.info()).priorityGroups[0]!;
    expect(pinned).toMatchObject({ group: "jobs", pinnedClientId: expect.any(String) as string });
    await consumer.unpin("jobs");
    expect((await consumer.info()).priorityGroups[0]!.pinnedClientId).toBeUndefined();
  });

  it("[JS-CON-24, JS-CON-25] says that there is no such group, or none at all", async () => {
    const { consumer } = await setUp(0, { priority: { policy: "overflow", groups: ["jobs"] } });
    for (const group of ["other", "not valid!", ""]) {
      const error = await failure(consumer.unpin(group));
      expect(["INVALID_CONFIG", "API_ERROR"], group).toContain(error.code);
    }
    expect(await failure(consumer.unpin(5 as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "group",
    });
  });

  it("[JS-CON-27, JS-CON-30] tells that there are no peers where there is no cluster", async () => {
    const { consumer } = await setUp();
    const call = [
      consumer.peers.stepDown(),
      consumer.peers.remove("nobody"),
      consumer.peers.evacuate("nobody"),
    ];
    for (const error of await Promise.all(call.map((promise) => failure(promise)))) {
      expect(error).toMatchObject({ code: "API_ERROR", errCode: 10010, consumer: "worker" });
    }
  });

  it("keeps what it saw last, for the handles with a schema too", async () => {
    const { consumer, stream } = await setUp(1);
    const numbers = consumer.typed({
      encode: String,
      decode: (data) => Number(new TextDecoder().decode(data)),
    });
    expect(numbers).toMatchObject({ stream, name: "worker" });
    const message = (await numbers.next())!;
    const value: number = message.value;
    expect(value).toBe(1);
    expect(numbers.cachedInfo).toBe(consumer.cachedInfo);
    await message.ackConfirmed();
    await numbers.info();
    expect(consumer.cachedInfo!.ackFloor.streamSeq).toBe(1);
    expect(thrown(() => consumer.typed(5 as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "schema",
    });
  });

  it("tells of a value that is none by its schema", async () => {
    const { consumer, stream } = await setUp(1);
    const strict = consumer.typed({
      encode: (value: string) => value,
      decode: () => {
        throw new Error("not one of ours");
      },
    });
    const message = (await strict.next())!;
    const error = thrown(() => message.value);
    expect(error).toMatchObject({ code: "INVALID_VALUE", subject: `${stream}.x` });
    expect(isNatsError(error, "INVALID_VALUE") && error.issues[0]!.message).toBe("not one of ours");
    message.term(error.message);
  });

  it("takes limits for each call", async () => {
    const { consumer } = await setUp();
    expect(await failure(consumer.info({ signal: AbortSignal.abort() }))).toMatchObject({ code: "ABORTED" });
    for (const call of [
      consumer.info({ timeout: -1 }),
      consumer.pause(new Date(), { timeout: -1 }),
      consumer.resume({ timeout: -1 }),
      consumer.reset({ timeout: -1 }),
      consumer.unpin("g", { timeout: -1 }),
    ]) {
      expect(await failure(call)).toMatchObject({ code: "INVALID_OPTION", argument: "timeout" });
    }
  });

  it("is shown with what it is, not with what it is made of", async () => {
    const { consumer, stream } = await setUp(1);
    expect(inspect(server.js.consumers.bind(stream, "worker"))).toBe(
      `Consumer { stream: '${stream}', name: 'worker' }`,
    );
    const shown = inspect(await consumer.next());
    expect(shown).toContain("JetStreamMessage {");
    expect(shown).toContain(`subject: '${stream}.x'`);
    expect(shown).toContain("deliveries: 1");
  });

  it("and what it is consumed by names it", async () => {
    const { stream, consumer } = await setUp();
    const shown = `{\n  stream: '${stream}',\n  consumer: '${consumer.name}',\n  state: 'active',`;
    await using messages = consumer.consume();
    expect(inspect(messages)).toContain(`ConsumerMessages ${shown}`);
    await using work = consumer.work(() => undefined);
    expect(inspect(work)).toContain(`Work ${shown}`);
  });

  it("and what leads to it are shown so too", async () => {
    const { js } = server;
    const { stream } = await setUp();
    const handle = js.streams.bind(stream);
    expect(inspect(js)).toMatch(
      /^JetStream \{\n {2}server: 'nats:.*',\n {2}state: 'connected',\n {2}prefix: '\$JS\.API',\n {2}timeout: \d+,\n {2}apiLevel: \d+\n\}$/,
    );
    expect(inspect(js.streams)).toBe("Streams { prefix: '$JS.API' }");
    expect(inspect(js.consumers)).toBe("Consumers { prefix: '$JS.API' }");
    expect(inspect(handle)).toBe(`Stream { name: '${stream}' }`);
    await handle.info();
    expect(inspect(handle)).toContain("cachedInfo: {");
    expect(inspect(handle.peers)).toBe(`Peers { stream: '${stream}' }`);
    expect(inspect(js.consumers.bind(stream, "worker").peers)).toBe(
      `Peers { stream: '${stream}', consumer: 'worker' }`,
    );
    expect(inspect(js.batch())).toBe("Batch { state: 'collecting', messages: 0 }");
    expect(inspect(js.ingest())).toBe("Ingest { state: 'new', sent: 0, acked: 0 }");
    expect(inspect(meta(js))).toBe("Meta {}");
    expect(inspect({ deep: { deeper: { js } } })).toContain("[JetStream]");
    expect(JSON.stringify([js, handle])).not.toContain("servers");
  });
});

describe("an ordered consumer", () => {
  it("[JS-PUSH-05..07] is served by consumers that leave no trace", async () => {
    const { stream } = await setUp(5);
    const ordered = await server.js.consumers.ordered(stream, {
      namePrefix: "reader",
      filterSubjects: [`${stream}.x`],
      deliverPolicy: { startSeq: 2 },
      headersOnly: true,
      inactiveThreshold: 60_000,
      metadata: { who: "me" },
    });
    expect(await failure(ordered.info())).toMatchObject({ code: "CONSUMER_NOT_FOUND", stream });
    const messages = ordered.consume();
    const seen: number[] = [];
    for await (const message of messages) {
      seen.push(message.seq);
      if (seen.length === 2) {
        const { name, config } = await ordered.info();
        expect(name).toBe("reader_1");
        expect(config).toMatchObject({
          ackPolicy: "none",
          storage: "memory",
          replicas: 1,
          inactiveThreshold: 60_000,
          headersOnly: true,
          filterSubjects: [`${stream}.x`],
          deliverPolicy: { startSeq: 2 },
          metadata: { who: "me" },
        });
      }
      if (message.seq === 5) break;
    }
    expect(seen).toEqual([2, 3, 4, 5]);
    await eventually(async () => {
      const names: string[] = [];
      for await (const name of server.js.consumers.names(stream)) names.push(name);
      expect(names).toEqual(["worker"]);
    });
  });

  it("[JSS-11] has no more options than it needs", async () => {
    const { stream } = await setUp();
    const cases: [object, string, string][] = [
      [{ durable: "a" }, "INVALID_OPTION", "durable"],
      [{ ackPolicy: "all" }, "INVALID_OPTION", "ackPolicy"],
      [{ maxDeliver: 5 }, "INVALID_OPTION", "maxDeliver"],
      [{ push: {} }, "INVALID_OPTION", "push"],
      [{ name_prefix: "a" }, "INVALID_OPTION", "name_prefix"],
      [{ namePrefix: "a.b" }, "INVALID_OPTION", "namePrefix"],
      [{ deliverPolicy: "first" }, "INVALID_CONFIG", "deliverPolicy"],
      [{ filterSubjects: ["a..b"] }, "INVALID_CONFIG", "filterSubjects[0]"],
    ];
    for (const [config, code, argument] of cases) {
      const error = await failure(server.js.consumers.ordered(stream, config));
      expect([error.code, error.argument], JSON.stringify(config)).toEqual([code, argument]);
    }
    expect(await failure(server.js.consumers.ordered("NOWHERE"))).toMatchObject({ code: "STREAM_NOT_FOUND" });
    expect(await failure(server.js.consumers.ordered("a.b"))).toMatchObject({ code: "INVALID_OPTION" });
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { type Connection, type Message } from "../../src/index.ts";
import { type Service, ServiceError, type ServiceInfo, services } from "../../src/services/index.ts";
import { eventually } from "../support/eventually.ts";
import { failure, thrown } from "../support/failure.ts";
import { Gate } from "../support/gate.ts";
import { NEVER } from "../support/never.ts";
import { all, nextEvent, unique, useServices } from "./support.ts";

const access = useServices();

/** What one service answers, as it travels. */
async function wire(verb: string, { info: { name, id } }: Service): Promise<Record<string, unknown>> {
  return (await access.caller.request(`$SRV.${verb}.${name}.${id}`)).json();
}

describe("discovery", () => {
  it("[SVC-05] PING tells who it is", async () => {
    const service = await access.add({ version: "2.1.0", metadata: { region: "eu" } });
    const { name, id } = service.info;
    expect(await wire("PING", service)).toEqual({
      type: "io.nats.micro.v1.ping_response",
      name,
      id,
      version: "2.1.0",
      metadata: { region: "eu" },
    });
  });

  it("[SVC-05, SVC-14] INFO tells its endpoints with their metadata, also those that came later", async () => {
    const service = await access.add({ description: "what things cost" });
    const { name, id } = service.info;
    service.endpoint("quote", () => "", { subject: "quote.*", metadata: { unit: "eur" } });
    service.group("v1").endpoint("all", () => "", { queue: false });
    expect(await wire("INFO", service)).toEqual({
      type: "io.nats.micro.v1.info_response",
      name,
      id,
      version: "1.0.0",
      metadata: {},
      description: "what things cost",
      endpoints: [
        { name: "quote", subject: "quote.*", queue_group: "q", metadata: { unit: "eur" } },
        { name: "all", subject: "v1.all", queue_group: "", metadata: {} },
      ],
    });
  });

  it("[SVC-06] STATS tells what was counted, in nanoseconds", async () => {
    const service = await access.add();
    const { name, id } = service.info;
    const subject = unique("counted");
    service.on("handlerError", () => undefined);
    service.endpoint(
      "counted",
      (r) => {
        if (r.string() === "bad") throw new Error("broken");
        if (r.string() === "none") throw new ServiceError(404, "no such item");
        return "fine";
      },
      { subject },
    );
    service.endpoint("each", () => "", { queue: false });
    await access.settled();
    for (const data of ["a", "none", "bad", "b"]) await access.caller.request(subject, data);
    const { endpoints, started, ...others } = await wire("STATS", service);
    expect(others).toEqual({
      type: "io.nats.micro.v1.stats_response",
      name,
      id,
      version: "1.0.0",
      metadata: {},
    });
    expect(new Date(started as string).toISOString()).toBe(started);
    const [counted, each] = endpoints as Record<string, number>[];
    expect(counted).toEqual({
      name: "counted",
      subject,
      queue_group: "q",
      num_requests: 4,
      num_errors: 2,
      last_error: "500:broken",
      processing_time: expect.any(Number),
      average_processing_time: Math.trunc(counted!["processing_time"]! / 4),
    });
    expect(counted!["processing_time"]).toBeGreaterThan(1000);
    expect(each).toEqual({
      name: "each",
      subject: "each",
      queue_group: "",
      num_requests: 0,
      num_errors: 0,
      last_error: "",
      processing_time: 0,
      average_processing_time: 0,
    });
  });

  it("[SVC-06] counts what the handler's promise takes", async () => {
    const service = await access.add();
    const name = unique("slow");
    service.endpoint(name, async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await access.settled();
    await access.caller.request(name);
    const [stats] = (await service.stats()).endpoints;
    expect(stats!.processingTime).toBeGreaterThan(10_000_000n);
    expect(stats!.averageProcessingTime).toBe(stats!.processingTime);
  });

  it("[SVC-06] a handler that is at work is counted as a request already", async () => {
    const service = await access.add();
    const name = unique("work");
    const gate = new Gate();
    service.endpoint(name, () => gate.opened);
    await access.settled();
    const request = access.caller.request(name);
    await access.settled();
    expect((await service.stats()).endpoints[0]).toMatchObject({ numRequests: 1, processingTime: 0n });
    gate.open();
    await request;
  });

  it("[SVC-09] reset() sets the counters back, and renews `started`", async () => {
    const service = await access.add();
    const name = unique("reset");
    service.endpoint(name, () => {
      throw new ServiceError(400, "no");
    });
    await access.settled();
    await access.caller.request(name);
    const before = await service.stats();
    service.reset();
    const after = await service.stats();
    expect(before.endpoints[0]).toMatchObject({ numRequests: 1, numErrors: 1, lastError: "400:no" });
    expect(after.endpoints[0]).toEqual({
      name,
      subject: name,
      queue: "q",
      numRequests: 0,
      numErrors: 0,
      processingTime: 0n,
      averageProcessingTime: 0n,
    });
    expect(after.started).not.toBe(before.started);
  });

  it("[SVC-07] STATS has what the service's handler tells of each endpoint", async () => {
    const service = await access.add({
      statsHandler: ({ name }) => (name === "later" ? Promise.resolve([1]) : { of: name, big: 2n ** 60n }),
    });
    service.endpoint("now", () => "");
    service.endpoint("later", () => "");
    const answer = await access.caller.request(`$SRV.STATS.${service.info.name}`);
    expect(answer.string()).toContain('"data":{"of":"now","big":1152921504606846976}');
    const [found] = await all(access.found.stats({ name: service.info.name }));
    expect(found!.endpoints.map(({ data }) => data)).toEqual([{ of: "now", big: 2n ** 60n }, [1]]);
  });

  it.each([
    ["throws", () => thrower()],
    ["rejects", () => Promise.reject(new Error("no data"))],
    ["gives what has no JSON", () => () => undefined],
  ])("[SVC-07] a handler of stats that %s is told of, and its data are left out", async (_, statsHandler) => {
    const service = await access.add({ statsHandler });
    const endpoint = service.endpoint("x", () => "");
    const event = nextEvent(service, "error");
    const answer = await wire("STATS", service);
    expect((answer["endpoints"] as object[])[0]).not.toHaveProperty("data");
    expect(await event).toMatchObject({ endpoint, error: { code: "HANDLER_FAILED" } });
  });

  it("[SVC-06] [SVC-07] stats that are too large to be sent come without the handler's data, which is told", async () => {
    const service = await access.add({ statsHandler: () => "x".repeat(600_000) });
    for (const name of ["a", "b"]) service.endpoint(name, () => "", { subject: unique(name) });
    const event = nextEvent(service, "error");
    const [found] = await all(access.found.stats({ name: service.info.name }));
    expect(found?.endpoints).toMatchObject([{ name: "a" }, { name: "b" }]);
    for (const endpoint of found!.endpoints) expect(endpoint).not.toHaveProperty("data");
    expect((await event).error.code).toBe("MAX_PAYLOAD_EXCEEDED");
  });

  it("[SVC-05] an answer that is too large is an error, which other clients can read: it says who it is", async () => {
    const service = await access.add({ metadata: { region: "eu" } });
    service.on("error", () => undefined);
    for (const name of ["a", "b"])
      service.endpoint(name, () => "", { subject: unique(name), metadata: { text: "x".repeat(600_000) } });
    const { name, id } = service.info;
    const told = new Promise<unknown>((resolve) => access.caller.on("error", ({ error }) => resolve(error)));
    expect(await all(access.found.info({ name }))).toEqual([]);
    expect(await told).toMatchObject({ code: "SERVICE_ERROR", status: 500, subject: `$SRV.INFO.${name}` });
    const facts = { name, id, version: "1.0.0", metadata: { region: "eu" } };
    expect(await wire("INFO", service)).toEqual({
      ...facts,
      type: "io.nats.micro.v1.info_response",
      description: "",
      endpoints: [],
    });
    expect(await wire("PING", service)).toEqual({ ...facts, type: "io.nats.micro.v1.ping_response" });
  });

  it("[SVC-05] a service with too much to tell of itself tells no more than which one it is", async () => {
    const service = await access.add({ metadata: { text: "x".repeat(1_200_000) } });
    service.on("error", () => undefined);
    const { name, id } = service.info;
    for (const verb of ["PING", "INFO", "STATS"])
      expect(await wire(verb, service)).toMatchObject({ name, id, version: "1.0.0", metadata: {} });
  });

  it("[SVC-05] a verb without a reply subject is passed over", async () => {
    const service = await access.add();
    const events = service.events();
    access.caller.publish("$SRV.PING");
    await access.settled();
    await service.stop();
    expect((await events.next()).done).toBe(true);
  });
});

describe("the client of discovery", () => {
  it("[SVC-13] finds all, those of a name, or one", async () => {
    const name = unique("found");
    const [one, other] = [await access.add({ name }), await access.add({ name })];
    const third = await access.add();
    const ids = async (options: object): Promise<string[]> =>
      (await all(access.found.ping(options))).map(({ id }) => id).sort();
    expect(await ids({})).toEqual([one, other, third].map(({ info }) => info.id).sort());
    expect(await ids({ name })).toEqual([one, other].map(({ info }) => info.id).sort());
    expect(await ids({ name, id: other.info.id })).toEqual([other.info.id]);
    expect(await ids({ name: unique("nobody") })).toEqual([]);
  });

  it("[SVC-13] reads what a service tells of itself", async () => {
    const service = await access.add({ metadata: { a: "1" }, description: "d", statsHandler: () => 7 });
    service.endpoint("x", () => "", { queue: false, metadata: { b: "2" } });
    service.endpoint("y", () => "");
    const { name } = service.info;
    expect(await all(access.found.info({ name }))).toEqual([service.info]);
    expect(await all(access.found.stats({ name }))).toEqual([await service.stats()]);
  });

  it("[SVC-13] is a loop that may be left", async () => {
    await access.add();
    await access.add();
    const before = access.caller.subscriptionCount;
    for await (const service of access.found.ping({ maxWait: 60_000, stall: 60_000 })) {
      expect(service.version).toBe("1.0.0");
      break;
    }
    expect(access.caller.subscriptionCount).toBe(before);
  });

  it("[SVC-13] ends with its signal, or when its time is up", async () => {
    await access.add();
    const controller = new AbortController();
    const found = access.found.ping({ maxWait: 60_000, stall: 60_000, signal: controller.signal });
    await found.next();
    const next = failure(found.next());
    controller.abort();
    expect((await next).code).toBe("ABORTED");
    access.nc.subscribe("$SRV.PING.silent", { max: 1, callback: () => undefined });
    await access.settled();
    expect(await all(access.found.ping({ name: "silent", maxWait: 50 }))).toEqual([]);
  });

  it("[SVC-05] another prefix is another world", async () => {
    const prefix = unique("acc.SRV");
    const service = await services(access.nc, { prefix }).add({ name: unique("apart"), version: "1.0.0" });
    const there = await all(services(access.caller, { prefix: `${prefix}.` }).ping());
    expect(there.map(({ id }) => id)).toEqual([service.info.id]);
    expect((await all(access.found.ping({ name: service.info.name }))).length).toBe(0);
    await service.stop();
  });

  it.each([
    [{ id: "x" }, "id"],
    [{ name: "a.b" }, "name"],
    [{ name: "a", id: "*" }, "id"],
    [{ stall: -1 }, "stall"],
    [{ maxWiat: 1 }, "maxWiat"],
  ])("[SVC-13] is refused with %j", (options, argument) => {
    expect(thrown(() => access.found.ping(options as object))).toMatchObject({
      code: "INVALID_OPTION",
      argument,
    });
  });
});

/** The answer that comes first of those that can be read. */
async function firstOf<T>(answers: AsyncIterable<T>): Promise<T> {
  for await (const answer of answers) return answer;
  throw new Error("no answer came");
}

describe("answers of other clients", () => {
  const name = "foreign";
  const PATIENT = { name, maxWait: NEVER, stall: NEVER };
  let nc: Connection;
  const answers: unknown[] = [];
  beforeAll(async () => {
    nc = access.nc;
    const respond = (m: Message): void => {
      for (const answer of answers)
        nc.publish(m.reply!, typeof answer === "string" ? answer : JSON.stringify(answer));
    };
    for (const verb of ["PING", "INFO", "STATS"]) nc.subscribe(`$SRV.${verb}.${name}`, { callback: respond });
    // Who asks has a connection of its own.
    await nc.flush();
  });
  const identity = { name, id: "A", version: "1.0.0" };

  it("[SVC-13] are read with null for lists and metadata, and without what is optional", async () => {
    answers.splice(0, answers.length, { ...identity, metadata: null, endpoints: null });
    const nothing = { ...identity, metadata: {}, endpoints: [] };
    expect(await firstOf(access.found.ping(PATIENT))).toEqual({ ...identity, metadata: {} });
    expect(await firstOf(access.found.info(PATIENT))).toEqual({ ...nothing, description: "" });
  });

  it("[SVC-13] are read with numbers of 64 bits, fractions and nulls", async () => {
    const endpoint =
      '{"name":"e","subject":"s","queue_group":null,"num_requests":3,"num_errors":1,"last_error":"","processing_time":9007199254740993,"average_processing_time":1.5,"data":null}';
    answers.splice(
      0,
      answers.length,
      `{"type":"io.nats.micro.v1.stats_response","name":"foreign","id":"A","version":"1.0.0","started":"2024-01-02T03:04:05.123456789Z","endpoints":[${endpoint}]}`,
    );
    const stats = await firstOf(access.found.stats(PATIENT));
    expect(stats).toEqual({
      ...identity,
      metadata: {},
      started: new Date("2024-01-02T03:04:05.123Z"),
      endpoints: [
        {
          name: "e",
          subject: "s",
          numRequests: 3,
          numErrors: 1,
          processingTime: 9007199254740993n,
          averageProcessingTime: 1n,
        },
      ],
    });
  });

  it("[SVC-13] that can't be read are passed over, and told", async () => {
    answers.splice(0, answers.length, "{", { name, id: 5 }, [], { ...identity, type: "other" }, identity);
    const told: string[] = [];
    const off = access.caller.on("error", ({ error }) => void told.push(error.message));
    expect(await firstOf(access.found.ping(PATIENT))).toEqual({ ...identity, metadata: {} });
    await eventually(() => expect(told).toHaveLength(4));
    off();
    expect(told[1]).toContain(`an answer to "$SRV.PING.${name}" was passed over`);
    expect(told[1]).toContain("id: it is no string");
  });
});

/** Of them an answer is passed over, and told with this. */
const MALFORMED: readonly (readonly [string, string])[] = [
  ["", "JSON"],
  ['{"name":"foreign","id":"A","version":"1.0.0"', "JSON"],
  ["5", "it is no object"],
  ["null", "it is no object"],
  ['{"name":"foreign","id":"","version":"1.0.0"}', "id: it is empty"],
  ['{"name":"","id":"A","version":"1.0.0"}', "name: it is empty"],
  ['{"name":"foreign","id":"A"}', "version: it is no string"],
  ['{"name":"foreign","id":"A","version":"1.0.0","metadata":[]}', "it is no object"],
  ['{"name":"foreign","id":"A","version":"1.0.0","endpoints":{}}', "endpoints: it is no list"],
  ['{"name":"foreign","id":"A","version":"1.0.0","endpoints":[null]}', "it is no object"],
  ['{"name":"foreign","id":"A","version":"1.0.0","endpoints":[{"name":"e"}]}', "subject: it is no string"],
];

describe("what a service should not answer", () => {
  const END = { name: "foreign", id: "END", version: "1.0.0" };

  /** What the client of discovery finds where one INFO is answered with all of these, and what is told. */
  async function asked(answers: readonly string[], faults: number) {
    const name = unique("malformed");
    access.nc.subscribe(`$SRV.INFO.${name}`, {
      max: 1,
      callback: (m) =>
        [...answers, JSON.stringify(END)].forEach((answer) => access.nc.publish(m.reply!, answer)),
    });
    await access.settled();
    let missed = 0;
    const told: string[] = [];
    const offs = [
      access.caller.on("error", ({ error }) => void told.push(`${error.code} ${error.message}`)),
      access.caller.on("missed", ({ count }) => void (missed += count)),
    ];
    const found: ServiceInfo[] = [];
    for await (const info of access.found.info({ name, maxWait: NEVER, stall: NEVER })) {
      if (info.id === END.id) break;
      found.push(info);
    }
    await eventually(() => expect(told.length + missed).toBe(faults));
    for (const off of offs) off();
    return { found, told };
  }

  it("[SVC-13] is passed over one by one, and told with what is wrong", async () => {
    const good = JSON.stringify({ name: "foreign", id: "B", version: "1.0.0" });
    const { found, told } = await asked([...MALFORMED.map(([answer]) => answer), good], MALFORMED.length);
    expect(found.map(({ id }) => id)).toEqual(["B"]);
    MALFORMED.forEach(([, fault], i) => {
      expect(told[i]).toContain("INVALID_VALUE");
      expect(told[i]).toContain(fault);
    });
  });

  it("[SVC-13] may be many thousands, or as large as a message can be: each is read, or told", async () => {
    const answer = (id: number): string => JSON.stringify({ name: "foreign", id: `${id}`, version: "1.0.0" });
    const large = JSON.stringify({ ...END, id: "L", description: "x".repeat(1e6) });
    const answers = Array.from({ length: 10_000 }, (_, i) => (i % 4 === 0 ? "{" : answer(i)));
    const { found } = await asked([large, ...answers], 2500);
    expect(found).toHaveLength(7501);
    expect(found[0]!.description).toHaveLength(1e6);
  });
});

function thrower(): never {
  throw new Error("no data");
}

import { describe, expect, test } from "vitest";
import { connect } from "../../../src/index.ts";
import { advisories, type Advisory, type AdvisoryOptions, jetstream } from "../../../src/jetstream/index.ts";
import { failure, thrown } from "../../support/failure.ts";
import { unique, useJetStream } from "../../support/jetstream.ts";
import { startServer, useServer } from "../../support/nats-server.ts";

const access = useJetStream();

const api = (subject: string, body?: object): Promise<unknown> =>
  access.nc.request(`$JS.API.${subject}`, body === undefined ? undefined : JSON.stringify(body));

/** A stream with one message, and a consumer. */
async function prepare(config: object = {}): Promise<{ stream: string; consumer: string }> {
  const stream = unique("ADV");
  await api(`STREAM.CREATE.${stream}`, { name: stream, subjects: [stream], storage: "memory" });
  await access.nc.request(stream, "one");
  const consumer = "c";
  await api(`CONSUMER.CREATE.${stream}.c`, {
    stream_name: stream,
    config: { name: "c", durable_name: "c", ack_policy: "explicit", ...config },
  });
  return { stream, consumer };
}

// A delivered message has the stream's subject: it is told whose it is by an inbox of its own.
const pull = (stream: string) =>
  access.nc.request(`$JS.API.CONSUMER.MSG.NEXT.${stream}.c`, "1", { ownInbox: true });

/** The first advisories of a type, or as many as are asked for. */
async function hear(
  options: AdvisoryOptions,
  count: number,
  cause: () => Promise<unknown>,
): Promise<Advisory[]> {
  const heard = advisories(access.js, options);
  await cause();
  const found: Advisory[] = [];
  for await (const advisory of heard) {
    found.push(advisory);
    if (found.length === count) break;
  }
  return found;
}

describe("advisories", () => {
  test("[JS-ADV-01] come from the call on, and the loop unsubscribes when it is left", async () => {
    const before = access.nc.subscriptionCount;
    const stream = unique("ADV");
    const [first] = await hear({}, 1, () => api("STREAM.INFO.NOTHING"));
    expect(first).toMatchObject({ type: "apiAudit", subject: "$JS.API.STREAM.INFO.NOTHING" });
    expect(first).toMatchObject({ id: expect.stringMatching(/^\w+$/), time: expect.any(Date) });
    await hear({ stream }, 1, () => api(`STREAM.CREATE.${stream}`, { name: stream, subjects: [stream] }));
    expect(access.nc.subscriptionCount).toBe(before);
  });

  test("[JS-ADV-04] tell when a stream is made, changed and deleted", async () => {
    const stream = unique("ADV");
    const config = { name: stream, subjects: [stream], storage: "memory" };
    const heard = await hear({ stream }, 3, async () => {
      await api(`STREAM.CREATE.${stream}`, config);
      await api(`STREAM.UPDATE.${stream}`, { ...config, max_msgs: 5 });
      await api(`STREAM.DELETE.${stream}`);
    });
    expect(heard).toMatchObject(
      ["create", "update", "delete"].map((action) => ({ type: "streamAction", stream, action })),
    );
  });

  test("[JS-ADV-03] tell when a consumer is made, paused, goes on, and is deleted", async () => {
    const stream = unique("ADV");
    await api(`STREAM.CREATE.${stream}`, { name: stream, subjects: [stream], storage: "memory" });
    const until = new Date(Date.now() + 3_600_000);
    const heard = await hear({ stream, consumer: "c" }, 4, async () => {
      await api(`CONSUMER.CREATE.${stream}.c`, {
        stream_name: stream,
        config: { name: "c", durable_name: "c" },
      });
      await api(`CONSUMER.PAUSE.${stream}.c`, { pause_until: until.toISOString() });
      await api(`CONSUMER.PAUSE.${stream}.c`, {});
      await api(`CONSUMER.DELETE.${stream}.c`);
    });
    const of = { stream, consumer: "c" };
    expect(heard).toMatchObject([
      { type: "consumerAction", ...of, action: "create" },
      { type: "consumerPaused", ...of, paused: true, until },
      { type: "consumerPaused", ...of, paused: false },
      { type: "consumerAction", ...of, action: "delete" },
    ]);
    expect(heard[2]).not.toHaveProperty("until");
  });

  test("[JS-ADV-02] tell what a consumer gives up, and what is given back", async () => {
    const of = await prepare({ max_deliver: 2 });
    const heard = await hear(of, 3, async () => {
      (await pull(of.stream)).respond("-NAK");
      (await pull(of.stream)).respond("-NAK");
      // The server finds out when it would deliver it once more, to somebody who listens.
      const again = JSON.stringify({ batch: 1, expires: 20e9 });
      access.nc.request(`$JS.API.CONSUMER.MSG.NEXT.${of.stream}.c`, again).catch(() => undefined);
    });
    expect(heard).toMatchObject([
      { type: "nak", ...of, seq: 1, deliverySeq: 1, deliveries: 1 },
      { type: "nak", ...of, seq: 1, deliverySeq: 2, deliveries: 2 },
      { type: "maxDeliveries", ...of, seq: 1, deliveries: 2 },
    ]);
  });

  test("[JS-ADV-02] tell what was terminated, with the reason", async () => {
    const of = await prepare();
    const heard = await hear(of, 1, async () => (await pull(of.stream)).respond("+TERM no such item"));
    expect(heard).toMatchObject([
      { type: "terminated", ...of, seq: 1, deliveries: 1, reason: "no such item" },
    ]);
  });

  test("[JS-ADV-06] tell how long acks take, of those that are sampled", async () => {
    const of = await prepare({ sample_freq: "100" });
    const heard = await hear(of, 1, async () => (await pull(of.stream)).respond("+ACK"));
    expect(heard).toMatchObject([{ type: "ack", ...of, seq: 1, deliverySeq: 1, deliveries: 1 }]);
    expect((heard[0] as { ackTime: number }).ackTime).toBeGreaterThan(0);
  });

  test("[JS-ADV-04] [JS-BATCH-08] tell that a batch was given up, and why", async () => {
    const stream = unique("ADV");
    await api(`STREAM.CREATE.${stream}`, {
      name: stream,
      subjects: [stream],
      storage: "memory",
      allow_atomic: true,
    });
    const member = (sequence: number) => ({ "Nats-Batch-Id": "b1", "Nats-Batch-Sequence": String(sequence) });
    const heard = await hear({ stream }, 1, async () => {
      // The first of a batch is answered by nothing, and the second one is missing.
      await access.nc.request(stream, "one", { headers: member(1) });
      await access.nc.request(stream, "three", { headers: member(3) });
    });
    expect(heard).toMatchObject([{ type: "batchAbandoned", stream, batch: "b1", reason: "incomplete" }]);
  });

  test("[JS-ADV-05] tell each call of the API", async () => {
    const heard = await hear({}, 1, () => api("STREAM.INFO.NOTHING", { subjects_filter: ">" }));
    expect(heard).toMatchObject([
      { type: "apiAudit", subject: "$JS.API.STREAM.INFO.NOTHING", request: '{"subjects_filter":">"}' },
    ]);
    expect((heard[0] as { response: string }).response).toContain("10059");
  });

  test("[JS-ADV-01] of a stream are of no other", async () => {
    const [one, other] = [unique("ADV"), unique("ADV")];
    const heard = await hear({ stream: one }, 1, async () => {
      for (const name of [other, one])
        await api(`STREAM.CREATE.${name}`, { name, subjects: [name], storage: "memory" });
    });
    expect(heard).toMatchObject([{ stream: one }]);
  });
});

describe("a sequence of advisories", () => {
  const flood = (stream: string, count: number): void => {
    for (let i = 0; i < count; i++) {
      const data = { type: `test.${i}`, id: String(i), timestamp: "2026-01-01T00:00:00Z" };
      access.nc.publish(`$JS.EVENT.ADVISORY.STREAM.X.${stream}`, JSON.stringify(data));
    }
  };

  test("[JS-ADV-01] loses none for a slow reader", async () => {
    const stream = unique("ADV");
    const heard = advisories(access.js, { stream });
    const count = 3000;
    flood(stream, count);
    await access.nc.flush();
    const ids: string[] = [];
    for await (const { id } of heard) {
      ids.push(id);
      if (ids.length === count) break;
    }
    expect(ids).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  });

  test("gives several at a time, in order", async () => {
    const stream = unique("ADV");
    const heard = advisories(access.js, { stream });
    const results = [heard.next(), heard.next(), heard.next()];
    flood(stream, 3);
    expect((await Promise.all(results)).map(({ value }) => value?.id)).toEqual(["0", "1", "2"]);
    await heard.return();
  });

  test("ends quietly by its signal, by disposal, and with the connection", async () => {
    const controller = new AbortController();
    const bySignal = advisories(access.js, { signal: controller.signal });
    const ended = bySignal.next();
    controller.abort();
    expect(await ended).toEqual({ value: undefined, done: true });
    const disposed = advisories(access.js);
    await disposed[Symbol.asyncDispose]();
    expect(await disposed.next()).toEqual({ value: undefined, done: true });
    const nc = await connect(access.url);
    const withConnection = advisories(jetstream(nc));
    await nc.close();
    expect(await withConnection.next()).toEqual({ value: undefined, done: true });
  });

  test("throws once what ended the connection", async () => {
    const server = await startServer({ jetstream: true });
    const nc = await connect({ servers: server.url, reconnect: false });
    const heard = advisories(jetstream(nc));
    async function theCaller(): Promise<unknown> {
      return await heard.next();
    }
    const waiting = failure(theCaller());
    await server.stop();
    const error = await waiting;
    expect(error.code).toBe("CONNECTION_CLOSED");
    expect(error.stack).toContain("theCaller");
    expect(await heard.next()).toEqual({ value: undefined, done: true });
  });

  test.each([{ stream: "a.b" }, { stream: "*" }, { stream: "" }, { consumer: "a b" }, { streem: "x" }])(
    "is refused with %j",
    (options) => {
      expect(thrown(() => advisories(access.js, options)).code).toBe("INVALID_OPTION");
    },
  );
});

describe("a user who may not hear them", () => {
  const guarded = useServer({
    jetstream: true,
    config: `authorization { users: [{ user: u, password: x, permissions: { subscribe: "_INBOX.>" } }] }`,
  });

  test("[JS-ADV-01] is told by the loop", async () => {
    await using nc = await connect({ servers: guarded.url, user: "u", password: "x" });
    nc.on("error", () => undefined);
    const error = await failure(advisories(jetstream(nc), { stream: "S" }).next());
    expect(error.code).toBe("SUBSCRIBE_DENIED");
  });
});

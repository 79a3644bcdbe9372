import { describe, expect, test } from "vitest";
import type { StreamConfig } from "../../../src/jetstream/config/stream-config.ts";
import type { MessageOptions } from "../../../src/jetstream/index.ts";
import { failure } from "../../support/failure.ts";
import { useJetStream } from "../../support/jetstream.ts";
import { makeStream } from "../../support/stream-for-publishing.ts";

const access = useJetStream();

/** What a publish to a stream of this configuration is refused with. */
async function refusal(
  config: Partial<StreamConfig>,
  data: string | Uint8Array | undefined,
  options: MessageOptions = {},
) {
  const stream = await makeStream(access.js, config);
  const error = await failure(access.js.publish(stream.subject("a"), data, { retries: 0, ...options }));
  expect(error).toMatchObject({ stream: stream.name, subject: stream.subject("a") });
  return error;
}

type Case = [
  title: string,
  config: Partial<StreamConfig>,
  data: string | Uint8Array | undefined,
  options: MessageOptions,
  expected: Record<string, unknown>,
];

const byHand = (headers: Record<string, string>): MessageOptions => ({ headers });

describe("what a stream refuses", () => {
  const cases: Case[] = [
    [
      "[JS-PUBERR-04] too large",
      { maxMsgSize: 4 },
      "12345",
      {},
      { code: "MESSAGE_TOO_LARGE", errCode: 10054 },
    ],
    [
      "[JS-PUBERR-05] another stream",
      {},
      "x",
      { expect: { stream: "Y" } },
      { code: "EXPECTATION_FAILED", errCode: 10060 },
    ],
    [
      "[JS-PUBERR-07] another id",
      {},
      "x",
      { expect: { lastMsgId: "y" } },
      { code: "EXPECTATION_FAILED", errCode: 10070 },
    ],
    [
      "[JS-PUBERR-08] another sequence",
      {},
      "x",
      { expect: { lastSequence: 7 } },
      { code: "WRONG_LAST_SEQUENCE", errCode: 10071, lastSequence: 0 },
    ],
    [
      "[JS-PUBERR-09] full, by bytes",
      { maxBytes: 10, discard: "new" },
      "12345678901",
      {},
      { code: "STREAM_FULL", errCode: 10077, retryable: true },
    ],
    [
      "[JS-PUBERR-10] headers of more than 64 KiB",
      {},
      "x",
      byHand({ A: "x".repeat(65_536) }),
      { code: "MESSAGE_TOO_LARGE", errCode: 10097 },
    ],
    ["[JS-PUBERR-12] a rollup", {}, "x", { rollup: "all" }, { code: "API_ERROR", errCode: 10111 }],
    [
      "[JS-PUBERR-16] a wrong ttl",
      { allowMsgTtl: true },
      "x",
      byHand({ "Nats-TTL": "soon" }),
      { errCode: 10165 },
    ],
    ["[JS-PUBERR-17] a ttl", {}, "x", { ttl: 5000 }, { code: "API_ERROR", errCode: 10166 }],
    [
      "[JS-PUBERR-19] [JS-CTR-01] an increment",
      {},
      undefined,
      { increment: 1 },
      { code: "API_ERROR", errCode: 10168 },
    ],
    [
      "[JS-PUBERR-20] no increment",
      { allowMsgCounter: true },
      "x",
      {},
      { code: "API_ERROR", errCode: 10169 },
    ],
    [
      "[JS-PUBERR-21] an increment with a payload",
      { allowMsgCounter: true },
      "x",
      byHand({ "Nats-Incr": "1" }),
      { code: "API_ERROR", errCode: 10170 },
    ],
    [
      "[JS-PUBERR-22] an increment that is none",
      { allowMsgCounter: true },
      undefined,
      byHand({ "Nats-Incr": "one" }),
      { code: "API_ERROR", errCode: 10171 },
    ],
    [
      "[JS-PUBERR-25] [JS-PUB-08] a filter without its sequence",
      {},
      "x",
      byHand({ "Nats-Expected-Last-Subject-Sequence-Subject": "a" }),
      { code: "API_ERROR", errCode: 10193 },
    ],
    [
      "[JS-PUBERR-26] a schedule",
      {},
      "x",
      { schedule: { every: 5000, target: "t" } },
      { code: "API_ERROR", errCode: 10188 },
    ],
    [
      "[JS-PUBERR-28] [JS-SCHED-06] a target elsewhere",
      { allowMsgSchedules: true },
      "x",
      { schedule: { every: 5000, target: "elsewhere" } },
      { code: "API_ERROR", errCode: 10190 },
    ],
    ["[JS-PUBERR-34] a source by hand", {}, "x", byHand({ "Nats-Stream-Source": "a 1" }), { errCode: 10227 }],
    [
      "[JS-PUBERR-35] a batch",
      {},
      "x",
      byHand({ "Nats-Batch-Id": "b" }),
      { code: "API_ERROR", errCode: 10174 },
    ],
    [
      "[JS-PUBERR-36] a batch without a number",
      { allowAtomic: true },
      "x",
      byHand({ "Nats-Batch-Id": "b" }),
      { code: "BATCH_FAILED", errCode: 10175 },
    ],
    [
      "[JS-PUBERR-37] a batch that nobody began",
      { allowAtomic: true },
      "x",
      byHand({ "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "2" }),
      { code: "BATCH_FAILED", errCode: 10176, retryable: true },
    ],
    [
      "[JS-PUBERR-39] an id of a batch that is too long",
      { allowAtomic: true },
      "x",
      byHand({ "Nats-Batch-Id": "b".repeat(65), "Nats-Batch-Sequence": "1" }),
      { code: "BATCH_FAILED", errCode: 10179 },
    ],
    [
      "[JS-PUBERR-41] a commit that is none",
      { allowAtomic: true },
      "x",
      byHand({ "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Batch-Commit": "yes" }),
      { code: "BATCH_FAILED", errCode: 10200 },
    ],
    [
      "[JS-PUBERR-24] a level that no server has",
      { allowAtomic: true },
      "x",
      byHand({ "Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Required-Api-Level": "99" }),
      { code: "SERVER_TOO_OLD", errCode: 10185 },
    ],
  ];

  test.each(cases)("%s", async (_title, config, data, options, expected) => {
    expect(await refusal(config, data, options)).toMatchObject(expected);
  });

  const schedules: [title: string, headers: Record<string, string>, errCode: number][] = [
    ["[JS-PUBERR-27] [JS-SCHED-03] a time that is none", { "Nats-Schedule": "@sometimes" }, 10189],
    [
      "[JS-PUBERR-29] [JS-SCHED-08] a ttl that is none",
      { "Nats-Schedule": "@daily", "Nats-Schedule-TTL": "x" },
      10191,
    ],
    [
      "[JS-PUBERR-30] [JS-SCHED-09] a rollup that is none",
      { "Nats-Schedule": "@daily", "Nats-Schedule-Rollup": "all" },
      10192,
    ],
    [
      "[JS-PUBERR-33] [JS-SCHED-05] a time zone that is none",
      { "Nats-Schedule": "@daily", "Nats-Schedule-Time-Zone": "Middle/Earth" },
      10223,
    ],
    ["[JS-PUBERR-32] [JS-SCHED-11] a scheduler by hand", { "Nats-Scheduler": "x" }, 10212],
  ];
  test.each(schedules)("%s", async (_title, headers, errCode) => {
    const config = { allowMsgSchedules: true, allowMsgTtl: true, allowRollup: true };
    expect(await refusal(config, "x", { headers })).toMatchObject({
      code: "API_ERROR",
      errCode,
      retryable: false,
    });
  });

  test("[JS-PUBERR-31] [JS-SCHED-07] a source elsewhere", async () => {
    const stream = await makeStream(access.js, { allowMsgSchedules: true });
    const schedule = { every: 5000, target: stream.subject("t"), source: "elsewhere" };
    const error = await failure(access.js.publish(stream.subject("a"), "x", { schedule }));
    expect(error).toMatchObject({ code: "API_ERROR", errCode: 10203 });
  });

  test("[JS-PUBERR-09] is full, by messages and by those of a subject", async () => {
    const full = await makeStream(access.js, { maxMsgs: 1, discard: "new" });
    await access.js.publish(full.subject("a"), "x");
    const expected = { code: "STREAM_FULL", errCode: 10077, retryable: true };
    expect(await failure(access.js.publish(full.subject("b"), "x"))).toMatchObject(expected);
    const perSubject = await makeStream(access.js, { maxMsgsPerSubject: 1, discard: "new-per-subject" });
    await access.js.publish(perSubject.subject("a"), "x");
    expect(await failure(access.js.publish(perSubject.subject("a"), "x"))).toMatchObject(expected);
    expect(await access.js.publish(perSubject.subject("b"), "x")).toMatchObject({ seq: 2 });
  });

  test("[JS-PUBERR-11] is sealed", async () => {
    const stream = await makeStream(access.js);
    const { api } = access.js.context;
    const { config } = await api.request({ subject: `STREAM.INFO.${stream.name}` });
    const body = { ...(config as object), sealed: true };
    await api.request({ subject: `STREAM.UPDATE.${stream.name}`, body });
    const error = await failure(access.js.publish(stream.subject("a"), "x"));
    expect(error).toMatchObject({ code: "API_ERROR", errCode: 10109, retryable: false });
  });

  test("[JS-PUBERR-17] and what it needs is said", async () => {
    expect((await refusal({}, "x", { ttl: 5000 })).message).toContain("allowMsgTtl");
    expect((await refusal({}, undefined, { increment: 1 })).message).toContain("allowMsgCounter");
    expect((await refusal({}, "x", { rollup: "all" })).message).toContain("allowRollup");
  });
});

describe("limits of the account", () => {
  const limited = useJetStream({
    config: `
      jetstream { max_memory_store: 1mb }
      accounts {
        A { jetstream: { max_memory: 4096 }, users: [{ user: a, password: a }] }
      }
      no_auth_user: a`,
  });

  test("[JS-PUBERR-02] are a full stream", async () => {
    const stream = await makeStream(limited.js);
    // Before the first message the account has no usage that the server would look at.
    await limited.js.publish(stream.subject("a"), "x");
    const error = await failure(limited.js.publish(stream.subject("a"), new Uint8Array(5000)));
    expect(error).toMatchObject({ code: "STREAM_FULL", errCode: 10002, retryable: true });
  });
});

describe("limits of the server", () => {
  const limited = useJetStream({ config: "jetstream { max_memory_store: 8192 }" });

  test("[JS-PUBERR-03] are a full stream", async () => {
    const stream = await makeStream(limited.js);
    const fill = async (): Promise<never> => {
      for (;;) await limited.js.publish(stream.subject("a"), new Uint8Array(3000));
    };
    expect(await failure(fill())).toMatchObject({ code: "STREAM_FULL", retryable: true });
  });
});

describe("permissions", () => {
  const guarded = useJetStream({
    config: `
      jetstream {}
      authorization { users: [{ user: a, password: a, permissions: { publish: { deny: ["denied.>"] } } }] }
      no_auth_user: a`,
  });

  test("[JS-PUB-01] [JS-PUB-03] a forbidden subject is told at once, one by one and in a window", async () => {
    const off = guarded.nc.on("error", () => undefined);
    const { js } = guarded;
    expect(await failure(js.publish("denied.a", "x", { timeout: 100_000 }))).toMatchObject({
      code: "PUBLISH_DENIED",
      subject: "denied.a",
    });
    const stream = await makeStream(js);
    const publisher = js.publisher({ timeout: 100_000 });
    const denied = [1, 2].map(() => publisher.publish("denied.a", "x", { msgId: "m" }));
    const good = publisher.publish(stream.subject("a"), "x");
    for (const each of denied) expect(await failure(each)).toMatchObject({ code: "PUBLISH_DENIED" });
    expect(await good).toMatchObject({ seq: 1 });
    const ingest = js.ingest({ timeout: 100_000 });
    ingest.publish("denied.a", "x");
    expect(await failure(ingest.commit())).toMatchObject({ code: "PUBLISH_DENIED", subject: "denied.a" });
    off();
  });

  test("[JS-FAST-04] a forbidden subject at the end of an ingest ends it, and is told", async () => {
    const off = guarded.nc.on("error", () => undefined);
    const { js } = guarded;
    const stream = await makeStream(js, { allowBatched: true });
    const ingest = js.ingest({ timeout: 100_000 });
    ingest.publish(stream.subject("a"), "x");
    await ingest.ready();
    ingest.publish("denied.a", "x");
    expect(await failure(ingest.commit())).toMatchObject({
      code: "INGEST_ENDED",
      cause: { code: "PUBLISH_DENIED", subject: "denied.a" },
    });
    off();
  });
});

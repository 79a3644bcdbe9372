import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isNatsError } from "../../../../src/index.ts";
import type { PubAck } from "../../../../src/jetstream/publish/message-options.ts";
import { batchAck, readPubAck } from "../../../../src/jetstream/publish/pub-ack.ts";
import { PubAckReader } from "../../../../src/jetstream/publish/pub-ack-reader.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("acks", () => {
  test.each<[text: string, ack: object]>([
    ['{"stream":"S","seq":1}', { stream: "S", seq: 1, duplicate: false }],
    ['{"stream":"S", "seq":7,"duplicate": true}', { stream: "S", seq: 7, duplicate: true }],
    ['{"stream":"S","domain":"hub","seq":7}', { stream: "S", seq: 7, duplicate: false, domain: "hub" }],
    [
      '{"stream":"S","seq":7,"val":"-123456789012345678901234567890"}',
      { stream: "S", seq: 7, duplicate: false, value: -123456789012345678901234567890n },
    ],
    [
      '{"stream":"S","seq":7,"batch":"id","count":3}',
      { stream: "S", seq: 7, duplicate: false, batch: "id", count: 3 },
    ],
  ])("[JS-PUB-01] [JS-CTR-02] [JS-BATCH-03] %s", (text, ack) => {
    expect(readPubAck(text, "a")).toEqual(ack);
  });

  test.each([
    "",
    "null",
    "[]",
    "nonsense",
    "{}",
    '{"stream":"S"}',
    '{"stream":"","seq":1}',
    '{"seq":1}',
    '{"stream":"S","seq":"1"}',
    '{"stream":"S","seq":-1}',
    '{"stream":"S","seq":18446744073709551615}',
    '{"stream":"S","seq":1,"val":"x"}',
    '{"stream":"S","seq":1,"batch":"id"}',
    `{"stream":7,"text":"${"x".repeat(1000)}"}`,
  ])("[JS-PUB-01] what is none is told: %s", (text) => {
    const error = readPubAck(text, "a.b");
    expect(error).toMatchObject({ code: "INVALID_RESPONSE", subject: "a.b", sent: true });
    expect((error as Error).message.length).toBeLessThan(250);
  });

  test("[JS-BATCH-03] of a batch is told from that of a message", () => {
    const ack = { stream: "S", seq: 1, duplicate: false };
    expect(batchAck(ack)).toBeUndefined();
    const ofBatch = { ...ack, batch: "id", count: 1 };
    expect(batchAck(ofBatch)).toBe(ofBatch);
  });
});

const refusal = (error: object): string => JSON.stringify({ error, stream: "S", seq: 0 });

describe("refusals, by the server's code and text", () => {
  const cases: [row: string, errCode: number, status: number, text: string, expected: object][] = [
    [
      "JS-PUBERR-02",
      10002,
      400,
      "resource limits exceeded for account",
      { code: "STREAM_FULL", retryable: true },
    ],
    ["JS-PUBERR-03", 10023, 503, "insufficient resources", { code: "STREAM_FULL", retryable: true }],
    ["JS-PUBERR-04", 10054, 400, "message size exceeds maximum allowed", { code: "MESSAGE_TOO_LARGE" }],
    ["JS-PUBERR-05", 10060, 400, "expected stream does not match", { code: "EXPECTATION_FAILED" }],
    [
      "JS-PUBERR-06",
      10063,
      503,
      "expected stream sequence does not match",
      { code: "API_ERROR", retryable: true },
    ],
    ["JS-PUBERR-07", 10070, 400, "wrong last msg ID: x", { code: "EXPECTATION_FAILED" }],
    ["JS-PUBERR-08", 10071, 400, "wrong last sequence: 7", { code: "WRONG_LAST_SEQUENCE", lastSequence: 7 }],
    ["JS-PUBERR-09", 10077, 503, "maximum messages exceeded", { code: "STREAM_FULL", retryable: true }],
    ["JS-PUBERR-09", 10077, 503, "maximum bytes exceeded", { code: "STREAM_FULL", retryable: true }],
    ["JS-PUBERR-09", 10077, 503, "maximum messages per subject exceeded", { code: "STREAM_FULL" }],
    ["JS-PUBERR-09", 10077, 503, "message too large", { code: "MESSAGE_TOO_LARGE", retryable: false }],
    ["JS-PUBERR-09", 10077, 503, "store is closed", { code: "API_ERROR", retryable: true }],
    ["JS-PUBERR-10", 10097, 400, "header size exceeds maximum allowed of 64k", { code: "MESSAGE_TOO_LARGE" }],
    [
      "JS-PUBERR-11",
      10109,
      400,
      "invalid operation on sealed stream",
      { code: "API_ERROR", retryable: false },
    ],
    ["JS-PUBERR-12", 10111, 500, "rollup not permitted", { code: "API_ERROR", retryable: false }],
    [
      "JS-PUBERR-13",
      10120,
      400,
      "no JetStream default or applicable tiered limit present",
      { code: "API_ERROR" },
    ],
    [
      "JS-PUBERR-14",
      10158,
      409,
      "duplicate message id is in process",
      { code: "API_ERROR", retryable: true },
    ],
    ["JS-PUBERR-15", 10164, 400, "wrong last sequence", { code: "WRONG_LAST_SEQUENCE" }],
    ["JS-PUBERR-16", 10165, 400, "invalid per-message TTL", { code: "API_ERROR", retryable: false }],
    ["JS-PUBERR-17", 10166, 400, "per-message TTL is disabled", { code: "API_ERROR", retryable: false }],
    ["JS-PUBERR-18", 10167, 429, "too many requests", { code: "TOO_MANY_REQUESTS", retryable: true }],
    ["JS-PUBERR-19", 10168, 400, "message counters is disabled", { code: "API_ERROR" }],
    ["JS-PUBERR-20", 10169, 400, "message counter increment is missing", { code: "API_ERROR" }],
    ["JS-PUBERR-22", 10171, 400, "message counter increment is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-23", 10172, 400, "message counter is broken", { code: "API_ERROR", retryable: false }],
    ["JS-PUBERR-24", 10185, 412, "JetStream minimum api level required", { code: "SERVER_TOO_OLD" }],
    [
      "JS-PUBERR-25",
      10193,
      400,
      "missing sequence for expected last sequence per subject",
      { code: "API_ERROR" },
    ],
    ["JS-PUBERR-26", 10188, 400, "message schedules is disabled", { code: "API_ERROR" }],
    ["JS-PUBERR-27", 10189, 400, "message schedules pattern is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-28", 10190, 400, "message schedules target is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-29", 10191, 400, "message schedules invalid per-message TTL", { code: "API_ERROR" }],
    ["JS-PUBERR-30", 10192, 400, "message schedules invalid rollup", { code: "API_ERROR" }],
    ["JS-PUBERR-31", 10203, 400, "message schedules source is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-32", 10212, 400, "message schedules invalid scheduler", { code: "API_ERROR" }],
    ["JS-PUBERR-33", 10223, 400, "message schedules time zone is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-34", 10227, 400, "message stream source header is not allowed", { code: "API_ERROR" }],
    ["JS-PUBERR-35", 10174, 400, "atomic publish is disabled", { code: "API_ERROR", retryable: false }],
    ["JS-PUBERR-36", 10175, 400, "atomic publish sequence is missing", { code: "BATCH_FAILED" }],
    [
      "JS-PUBERR-37",
      10176,
      400,
      "atomic publish batch is incomplete",
      { code: "BATCH_FAILED", retryable: true },
    ],
    ["JS-PUBERR-38", 10177, 400, "atomic publish unsupported header used: X", { code: "BATCH_FAILED" }],
    ["JS-PUBERR-39", 10179, 400, "atomic publish batch ID is invalid", { code: "BATCH_FAILED" }],
    ["JS-PUBERR-40", 10199, 400, "atomic publish batch is too large: 1000", { code: "BATCH_FAILED" }],
    ["JS-PUBERR-41", 10200, 400, "atomic publish batch commit is invalid", { code: "BATCH_FAILED" }],
    [
      "JS-PUBERR-42",
      10201,
      400,
      "atomic publish batch contains duplicate message id",
      { code: "BATCH_FAILED" },
    ],
    [
      "JS-PUBERR-43",
      10210,
      429,
      "atomic publish too many inflight",
      { code: "TOO_MANY_REQUESTS", retryable: true },
    ],
    ["JS-PUBERR-44", 10205, 400, "batch publish is disabled", { code: "API_ERROR", retryable: false }],
    ["JS-PUBERR-45", 10206, 400, "batch publish pattern is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-46", 10207, 400, "batch publish ID is invalid", { code: "API_ERROR" }],
    ["JS-PUBERR-47", 10208, 400, "batch publish ID unknown", { code: "INGEST_ENDED" }],
    [
      "JS-PUBERR-48",
      10211,
      429,
      "batch publish too many inflight",
      { code: "TOO_MANY_REQUESTS", retryable: true },
    ],
  ];
  test.each(cases)("[%s] %i (%i) %s", (_row, errCode, status, description, expected) => {
    const error = readPubAck(refusal({ code: status, err_code: errCode, description }), "a.b");
    expect(isNatsError(error)).toBe(true);
    expect(error).toMatchObject({ ...expected, errCode, status, stream: "S", subject: "a.b" });
    expect((error as Error).message).toContain(description);
  });

  test("[JS-PUBERR-15] without a number none is made up", () => {
    const error = readPubAck(
      refusal({ code: 400, err_code: 10164, description: "wrong last sequence" }),
      "a",
    );
    expect(error).not.toHaveProperty("lastSequence");
  });

  test("[JS-PUBERR-17] what the stream needs is said", () => {
    const error = readPubAck(refusal({ code: 400, err_code: 10166, description: "disabled" }), "a");
    expect((error as Error).message).toContain("allowMsgTtl");
    const late = readPubAck(
      refusal({ code: 400, err_code: 10071, description: "wrong last sequence: 7" }),
      "a",
    );
    expect((late as Error).message).toBe(
      '"a": wrong last sequence: 7: that is the last one there, and not what expect says',
    );
  });
});

describe("the reader of a window's acks", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  const sequence = fc.integer({ min: 1, max: 999_999_999_999_999 });
  const ackText = (stream: string, domain: string | undefined, seq: number): string =>
    domain === undefined
      ? `{"stream":"${stream}","seq":${seq}}`
      : `{"stream":"${stream}","domain":"${domain}","seq":${seq}}`;

  /** Reads bytes that lie somewhere among others. */
  const read = (reader: PubAckReader, text: string): PubAck | undefined => {
    const bytes = bytesOf(`xx${text}yy`);
    return reader.read(bytes, 2, bytes.length - 2);
  };
  const learn = (reader: PubAckReader, text: string): void => {
    const bytes = bytesOf(`xx${text}yy`);
    const ack = readPubAck(text, "a");
    if (!isNatsError(ack)) reader.learn(bytes, 2, bytes.length - 2, ack);
  };

  test("[JS-PUB-03] reads what it has learned as the reader of all acks does", () => {
    fc.assert(
      fc.property(
        name,
        fc.option(name, { nil: undefined }),
        sequence,
        sequence,
        (stream, domain, first, second) => {
          const reader = new PubAckReader();
          expect(read(reader, ackText(stream, domain, first))).toBeUndefined();
          learn(reader, ackText(stream, domain, first));
          const text = ackText(stream, domain, second);
          expect(read(reader, text)).toEqual(readPubAck(text, "a"));
        },
      ),
    );
  });

  test("[JS-PUB-03] takes nothing else for an ack, whatever one byte is changed to", () => {
    const reader = new PubAckReader();
    const text = ackText("ORDERS", undefined, 1234);
    learn(reader, text);
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.integer({ min: 32, max: 126 }), (at, unit) => {
        const changed = text.slice(0, at) + String.fromCharCode(unit) + text.slice(at + 1);
        const ack = read(reader, changed);
        if (ack !== undefined) expect(ack).toEqual(readPubAck(changed, "a"));
      }),
    );
    for (let end = 0; end < text.length; end++) expect(read(reader, text.slice(0, end))).toBeUndefined();
  });

  test.each([
    '{"stream":"ORDERS","seq":7,"duplicate": true}',
    '{"stream":"ORDERS","seq":7,"val":"3"}',
    '{"stream":"ORDERS","seq":7,"batch":"x","count":1}',
    '{"stream":"ORDERS","seq":12345678901234567890}',
    '{"stream":"ORDERS","seq":}',
    '{"stream":"ORDERS","seq":07}',
    '{"stream":"OTHERS","seq":7}',
    '{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 7"},"stream":"ORDERS","seq":0}',
    "",
  ])("[JS-PUB-03] leaves to the other reader: %s", (text) => {
    const reader = new PubAckReader();
    learn(reader, ackText("ORDERS", undefined, 1));
    expect(read(reader, text)).toBeUndefined();
  });

  test.each([
    '{"seq":7,"stream":"ORDERS"}',
    '{"stream":"ORDERS","seq":7,"duplicate":true}',
    '{"stream":"ORDERS","seq":7 }',
  ])("[JS-PUB-03] learns nothing of %s", (text) => {
    const reader = new PubAckReader();
    learn(reader, text);
    expect(read(reader, text)).toBeUndefined();
  });
});

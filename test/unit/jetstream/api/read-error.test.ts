import { describe, expect, test } from "vitest";
import { errorName } from "../../../../src/jetstream/api/error-names.ts";
import { readApiError } from "../../../../src/jetstream/api/read-error.ts";
import { type JetStreamErrorCode, JetStreamError } from "../../../../src/jetstream/errors.ts";

const FACTS = { subject: "$JS.API.STREAM.INFO.S", stream: "S" };

function read(errCode: number, description = "the server's words", status = 400): JetStreamError {
  return readApiError({ code: status, err_code: errCode, description }, FACTS);
}

describe("an error of the server", () => {
  test("[JS-CTX-04] has its words, its err_code with the name, its status, and what it was about", () => {
    const error = read(10_059, "stream not found", 404);
    expect(error).toBeInstanceOf(JetStreamError);
    expect(error).toMatchObject({
      code: "STREAM_NOT_FOUND",
      message: 'stream "S": stream not found',
      errCode: 10_059,
      errName: "JSStreamNotFoundErr",
      status: 404,
      retryable: false,
      ...FACTS,
    });
  });

  test.each<[JetStreamErrorCode, readonly number[]]>([
    ["JETSTREAM_NOT_ENABLED", [10_076]],
    ["JETSTREAM_NOT_ENABLED_FOR_ACCOUNT", [10_039]],
    ["SERVER_TOO_OLD", [10_185]],
    ["TOO_MANY_REQUESTS", [10_167, 10_210, 10_211]],
    ["STREAM_NOT_FOUND", [10_059]],
    ["STREAM_EXISTS", [10_058]],
    ["CONSUMER_NOT_FOUND", [10_014, 10_149]],
    ["CONSUMER_EXISTS", [10_013, 10_148]],
    ["ASSET_OFFLINE", [10_118, 10_119, 10_194, 10_195]],
    ["STREAM_FULL", [10_002, 10_023]],
    ["MESSAGE_TOO_LARGE", [10_054]],
    ["WRONG_LAST_SEQUENCE", [10_071, 10_164]],
    ["EXPECTATION_FAILED", [10_060, 10_070]],
    ["BATCH_FAILED", [10_175, 10_176, 10_177, 10_179, 10_199, 10_200, 10_201]],
    ["INVALID_CONFIG", [10_052, 10_065, 10_093, 10_116, 10_136, 10_157]],
    ["API_ERROR", [10_003, 10_037, 10_109, 10_227]],
  ])("[JS-CTX-04] is judged by its err_code: %s", (code, errCodes) => {
    expect(errCodes.map((errCode) => read(errCode).code)).toEqual(errCodes.map(() => code));
  });

  test.each([
    [10_065, "subjects"],
    [10_074, "replicas"],
    [10_116, "maxDeliver"],
    [10_136, "filterSubjects"],
    [10_083, "push.idleHeartbeat"],
  ])("[JS-CTX-04] names the field at fault: %d", (errCode, argument) => {
    expect(read(errCode)).toMatchObject({ code: "INVALID_CONFIG", argument });
  });

  test("[JS-CTX-12] names the field that the server doesn't know", () => {
    const error = read(10_025, 'invalid JSON: json: unknown field "brand_new"');
    expect(error).toMatchObject({ code: "UNKNOWN_FIELD", argument: "brand_new" });
    expect(read(10_025, "invalid JSON: unexpected end of JSON input").code).toBe("API_ERROR");
  });

  test("[JS-CTX-04] names the field of a consumer that can't be changed", () => {
    expect(read(10_012, "deliver policy can not be updated")).toMatchObject({
      code: "INVALID_CONFIG",
      argument: "deliverPolicy",
    });
    expect(read(10_012, "something new can not be updated").code).toBe("INVALID_CONFIG");
    expect(read(10_012, "the disk is on fire").code).toBe("API_ERROR");
  });

  test("tells the sequence that would have been right", () => {
    expect(read(10_071, "wrong last sequence: 17").lastSequence).toBe(17);
    expect(read(10_071, "wrong last sequence").lastSequence).toBeUndefined();
    expect(read(10_071, "wrong last sequence: 9007199254740993").lastSequence).toBeUndefined();
    expect(read(10_164, "wrong last sequence")).not.toHaveProperty("lastSequence");
  });

  test.each([
    ["maximum messages exceeded", "STREAM_FULL", true],
    ["maximum bytes exceeded", "STREAM_FULL", true],
    ["maximum messages per subject exceeded", "STREAM_FULL", true],
    ["message too large", "MESSAGE_TOO_LARGE", false],
    ["store is closed", "API_ERROR", true],
  ])("of the store is told apart by its words: %s", (description, code, retryable) => {
    expect(read(10_077, description, 503)).toMatchObject({ code, retryable });
  });

  test("says whether the same call may succeed later", () => {
    expect([10_008, 10_158, 10_167, 10_176, 10_118].map((errCode) => read(errCode).retryable)).not.toContain(
      false,
    );
    expect([10_059, 10_065, 10_071, 10_039].map((errCode) => read(errCode).retryable)).not.toContain(true);
  });

  test("[JS-CTX-04] that is not in the table is judged by its status", () => {
    expect(read(10_999, "new", 429)).toMatchObject({ code: "TOO_MANY_REQUESTS", errCode: 10_999 });
    expect(read(10_999, "new", 400)).toMatchObject({ code: "API_ERROR" });
    expect(read(10_999)).not.toHaveProperty("errName");
  });

  test.each([[undefined], [null], ["text"], [{}], [{ code: "x", err_code: "y", description: 5 }]])(
    "that is malformed is an API_ERROR: %j",
    (json) => {
      expect(readApiError(json, FACTS)).toMatchObject({ code: "API_ERROR", ...FACTS });
    },
  );
});

describe("the table of names", () => {
  test("[JS-CTX-13] has all 227 of nats-server 2.15.2", () => {
    const names = Array.from({ length: 227 }, (_, i) => errorName(10_002 + i));
    expect(names).not.toContain(undefined);
    expect(new Set(names).size).toBe(227);
    expect([names[0], names[57], names[226]]).toEqual([
      "JSAccountResourcesExceededErr",
      "JSStreamNotFoundErr",
      "JSSourceConsumerFlowControlStalledErr",
    ]);
  });

  test.each([0, 10_001, 10_229, Number.NaN, 10_002.5, -1])("has nothing for %d", (errCode) => {
    expect(errorName(errCode)).toBeUndefined();
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseExactly } from "../../../src/core/parse-exactly.ts";
import { writeExactly } from "../../../src/core/write-exactly.ts";
import {
  infoFromWire,
  infoToWire,
  MalformedAnswer,
  pingFromWire,
  statsFromWire,
  statsToWire,
  verbSubject,
} from "../../../src/services/discovery/wire.ts";
import type { ServiceInfo, ServiceStats } from "../../../src/services/info.ts";

const text = fc.string();
const some = fc.string({ minLength: 1 });
const metadata = fc.dictionary(
  text.filter((key) => key !== "__proto__"),
  text,
  { noNullPrototype: true },
);
const identity = { name: some, id: some, version: text, metadata };
const queue = fc.option(some, { nil: undefined });
const count = fc.nat();
const nanos = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

const infos: fc.Arbitrary<ServiceInfo> = fc.record({
  ...identity,
  description: text,
  endpoints: fc.array(
    fc.record({ name: text, subject: text, queue, metadata }).map(({ queue, ...endpoint }) => ({
      ...endpoint,
      ...(queue === undefined ? {} : { queue }),
    })),
  ),
});

const allStats: fc.Arbitrary<ServiceStats> = fc.record({
  ...identity,
  started: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
  endpoints: fc.array(
    fc
      .record({
        name: text,
        subject: text,
        queue,
        numRequests: count,
        numErrors: count,
        lastError: queue,
        processingTime: nanos,
        averageProcessingTime: nanos,
      })
      .map(({ queue, lastError, ...endpoint }) => ({
        ...endpoint,
        ...(queue === undefined ? {} : { queue }),
        ...(lastError === undefined ? {} : { lastError }),
      })),
  ),
});

describe("answers on the wire", () => {
  it("[SVC-05] an info comes back as it was", () => {
    fc.assert(
      fc.property(infos, (info) => {
        expect(infoFromWire(parseExactly(writeExactly(infoToWire(info))))).toEqual(info);
      }),
    );
  });

  it("[SVC-06] stats come back as they were, every nanosecond of them", () => {
    fc.assert(
      fc.property(allStats, (stats) => {
        const read = statsFromWire(parseExactly(writeExactly(statsToWire(stats))));
        expect(read).toEqual(stats);
      }),
    );
  });

  it("[SVC-05] verbs have nine subjects", () => {
    expect(verbSubject("$SRV", "PING")).toBe("$SRV.PING");
    expect(verbSubject("$SRV", "INFO", "prices")).toBe("$SRV.INFO.prices");
    expect(verbSubject("A.SRV", "STATS", "prices", "ID")).toBe("A.SRV.STATS.prices.ID");
  });

  it.each([
    [null, "it is no object"],
    [[], "it is no object"],
    ["text", "it is no object"],
    [{}, "name: it is no string"],
    [{ name: "a", id: "b" }, "version: it is no string"],
    [{ name: "a", id: "b", version: "c", metadata: 5 }, "it is no object"],
    [{ type: "io.nats.micro.v1.info_response", name: "a", id: "b", version: "c" }, "type: it is"],
  ])("[SVC-13] %j is no answer", (answer, message) => {
    expect(() => pingFromWire(answer)).toThrow(MalformedAnswer);
    expect(() => pingFromWire(answer)).toThrow(message);
  });

  it.each([
    [{ started: "yesterday" }, "started: it is no time"],
    [{ started: 5 }, "started: it is no string"],
    [{ endpoints: {} }, "endpoints: it is no list"],
    [{ endpoints: [5] }, "it is no object"],
    [{ endpoints: [{ name: "e" }] }, "subject: it is no string"],
    [{ endpoints: [{ name: "e", subject: "s", num_requests: "5" }] }, "num_requests: it is no number"],
    [{ endpoints: [{ name: "e", subject: "s", last_error: {} }] }, "last_error: it is no string"],
  ])("[SVC-13] stats with %j are none", (wrong, message) => {
    const answer = { name: "a", id: "b", version: "c", started: "2024-01-02T03:04:05Z", ...wrong };
    expect(() => statsFromWire(answer)).toThrow(message);
  });
});

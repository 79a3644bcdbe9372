import { describe, expect, it } from "vitest";
import { instant } from "../../../../src/jetstream/config/instant.ts";
import { STRANGE } from "../../../../src/jetstream/config/kind.ts";
import { count, limit, percent } from "../../../../src/jetstream/config/numbers.ts";
import { flag, listOf, metadata, text, word } from "../../../../src/jetstream/config/plain-kinds.ts";
import { thrown } from "../../../support/failure.ts";

const REFUSED = { code: "INVALID_CONFIG", argument: "field" };

describe("each kind takes what it is for, and refuses all else naming the field", () => {
  const cases = [
    ["text", text, ["", "x"], [7, null, {}, ["x"]]],
    ["flag", flag, [true, false], [0, "true", null]],
    ["word", word({ old: "old" }), ["old"], ["new", "OLD", 1]],
    ["count", count(1, 5), [1, 5], [0, 6, 1.5, "3", 3n, Number.NaN]],
    ["limit", limit(-1, 10), [1, 10, Infinity], [0, -1, 11, "Infinity"]],
    ["percent", percent, [0, 50, 100], [-1, 101, "50%", 0.5]],
    ["instant", instant, [new Date(0)], [new Date(Number.NaN), "2026-01-01T00:00:00Z", 0]],
    ["metadata", metadata, [{}, { a: "b" }], [{ a: 1 }, ["a"], "a", null]],
    ["list", listOf(text), [[], ["x"]], ["x", [1], { 0: "x" }]],
  ] as const;

  it.each(cases)("%s", (_name, kind, good, bad) => {
    for (const value of good) expect(() => kind.write(value, "field")).not.toThrow();
    for (const value of bad) {
      const error = thrown(() => kind.write(value, "field"));
      expect(error.code).toBe("INVALID_CONFIG");
      expect(error.argument).toMatch(/^field/);
    }
  });

  it.each(cases)("%s, on the way in", (_name, kind) => {
    expect(thrown(() => kind.read(Symbol("none"), "field")).argument).toBe("field");
  });
});

describe("numbers", () => {
  it("[JS-STR-12] no limit is Infinity here and -1 there", () => {
    const kind = limit(-1);
    expect(kind.write(Infinity, "maxMsgs")).toBe(-1);
    expect(kind.read(-1, "max_msgs")).toBe(Infinity);
    expect(kind.read(0, "max_msgs")).toBeUndefined();
    expect(thrown(() => kind.write(-1, "maxMsgs")).message).toContain("Infinity is no limit");
  });

  it("a limit that no number holds exactly is none", () => {
    expect(limit(-1).read(9_223_372_036_854_775_807n, "max_bytes")).toBe(Infinity);
    expect(limit(-1).read(2 ** 60, "max_bytes")).toBe(Infinity);
  });

  it("a sequence that no number holds exactly is not rounded", () => {
    for (const seq of [9_007_199_254_740_993n, 2 ** 60]) {
      expect(thrown(() => count(1).read(seq, "field"))).toMatchObject(REFUSED);
    }
    expect(count(1).read(7n, "field")).toBe(7);
  });

  it("[JS-CON-13] percents come with or without their sign", () => {
    expect(percent.read("50%", "sample_freq")).toBe(50);
    expect(percent.read("50", "sample_freq")).toBe(50);
    expect(percent.read("", "sample_freq")).toBeUndefined();
    expect(percent.write(50, "sampleFrequency")).toBe("50");
  });
});

describe("times", () => {
  it("are read from any zone and written as they came", () => {
    for (const spelled of [
      "2026-01-02T03:04:05Z",
      "2026-01-02T03:04:05.006Z",
      "2026-01-02T05:04:05.1+02:00",
    ]) {
      const date = instant.read(spelled, "opt_start_time") as Date;
      expect(date).toEqual(new Date(spelled));
      expect(new Date(instant.write(date, "startTime") as string)).toEqual(date);
    }
  });

  it("[JS-CON-31] keep their nanoseconds, or a server would take them for changed", () => {
    const date = instant.read("2026-01-02T03:04:05.123456789Z", "opt_start_time") as Date;
    expect(date.toISOString()).toBe("2026-01-02T03:04:05.123Z");
    expect(instant.write(date, "startTime")).toBe("2026-01-02T03:04:05.123456789Z");
    date.setTime(0);
    expect(instant.write(date, "startTime")).toBe("1970-01-01T00:00:00.000Z");
  });

  it("the zero time of Go is none", () => {
    expect(instant.read("0001-01-01T00:00:00Z", "first_ts")).toBeUndefined();
  });

  it("anything else is refused", () => {
    for (const wrong of ["yesterday", "2026-01-02", "2026-13-02T03:04:05Z", 5, ""]) {
      expect(thrown(() => instant.read(wrong, "field"))).toMatchObject(REFUSED);
    }
  });
});

describe("words", () => {
  it("[JS-CTX-12] one of a newer server is kept apart", () => {
    expect(word({ none: "none" }).read("zstd", "compression")).toBe(STRANGE);
    expect(word({ none: "none" }).read("", "compression")).toBeUndefined();
  });
});

describe("[JS-CTX-11] metadata", () => {
  it("what begins with _nats is the server's", () => {
    expect(thrown(() => metadata.write({ "_nats.mine": "1" }, "field"))).toMatchObject(REFUSED);
    expect(thrown(() => metadata.write({ _natsmine: "1" }, "field"))).toMatchObject(REFUSED);
  });

  it("what the server wrote may be given back", () => {
    const read = metadata.read(
      { "_nats.ver": "2.15.2", "_nats.level": "5", "_nats.new": "1", mine: "1" },
      "metadata",
    );
    expect(read).toEqual({ "_nats.ver": "2.15.2", "_nats.level": "5", mine: "1" });
    expect(metadata.write(read, "metadata")).toEqual(read);
  });

  it("a name may be any, also __proto__", () => {
    const given = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>;
    expect(JSON.stringify(metadata.write(given, "metadata"))).toBe('{"__proto__":"x","constructor":"y"}');
    expect(JSON.stringify(metadata.read(given, "metadata"))).toBe('{"__proto__":"x","constructor":"y"}');
  });
});

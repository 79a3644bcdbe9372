import { describe, expect, it } from "vitest";
import { checkConsumerName, checkStreamName } from "../../../../src/jetstream/config/names.ts";
import { thrown } from "../../../support/failure.ts";

describe("[JSM-03] names of streams and consumers", () => {
  it.each(["ORDERS", "a-b_c$=@%", "ünïcode", "x".repeat(255)])("%j is one", (name) => {
    expect(checkStreamName(name)).toBe(name);
    expect(checkConsumerName(name)).toBe(name);
  });

  it.each([
    ["", "empty"],
    ["a.b", "dots"],
    ["a b", "white space"],
    ["a\tb", "white space"],
    ["a\0b", "white space"],
    ["a*", "wildcards"],
    [">", "wildcards"],
    ["a/b", "slashes"],
    ["a\\b", "slashes"],
    ["x".repeat(256), "255"],
    ["ü".repeat(128), "255"],
    ["\uD800", "surrogate"],
    [undefined, "string"],
    [7, "string"],
  ])("%j is none: %s", (name, reason) => {
    const error = thrown(() => checkStreamName(name as string));
    expect(error).toMatchObject({ code: "INVALID_OPTION", argument: "stream" });
    expect(error.message).toContain(reason);
    expect(thrown(() => checkConsumerName(name as string))).toMatchObject({ argument: "consumer" });
  });
});

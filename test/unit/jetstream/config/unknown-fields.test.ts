import { describe, expect, it } from "vitest";
import { streamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { checkOrigin, markOrigin, originOf } from "../../../../src/jetstream/config/unknown-fields.ts";
import { thrown } from "../../../support/failure.ts";

const JSON_OF_SERVER = { name: "S", future: 1, sources: [{ name: "A", lag_limit: 5 }] };

function read() {
  return markOrigin(streamConfig.fromWire(JSON_OF_SERVER), "here");
}

describe("[JS-CTX-12] unknown fields go back only where they were read", () => {
  it("there they may, also when the configuration was spread", () => {
    expect(() => checkOrigin(read(), "here")).not.toThrow();
    expect(() => checkOrigin({ ...read(), name: "T", description: "d" }, "here")).not.toThrow();
  });

  it("elsewhere they may not, wherever they are", () => {
    expect(thrown(() => checkOrigin(read(), "there"))).toMatchObject({
      code: "UNKNOWN_FIELD",
    });
    const { unknown: _, ...config } = read();
    const error = thrown(() => checkOrigin(config, "there"));
    expect(error).toMatchObject({ code: "UNKNOWN_FIELD", argument: "sources[0].unknown" });
    expect(error.message).toContain("lag_limit");
  });

  it("those that were made up, or read from a file, may nowhere", () => {
    const made = { name: "S", unknown: { future: 1 } };
    expect(thrown(() => checkOrigin(made, "here"))).toMatchObject({ code: "UNKNOWN_FIELD" });
    expect(thrown(() => checkOrigin(streamConfig.fromWire(JSON_OF_SERVER), "here"))).toMatchObject({
      code: "UNKNOWN_FIELD",
    });
    expect(thrown(() => checkOrigin({ unknown: { ...read().unknown, more: 1 } }, "here"))).toMatchObject({
      code: "UNKNOWN_FIELD",
    });
  });

  it("nothing unknown may go anywhere", () => {
    expect(() =>
      checkOrigin({ name: "S", metadata: { unknown: "text" }, unknown: {} }, "here"),
    ).not.toThrow();
  });

  it("what was read can't be added to", () => {
    const { unknown } = read();
    expect(() => {
      (unknown as Record<string, unknown>)["more"] = 1;
    }).toThrow(TypeError);
  });

  it("a server is told by its cluster or name, its domain, its version, and how it is asked", () => {
    const info = { cluster: "C", serverName: "n1", domain: "hub", version: "2.15.2" };
    const origin = (changes: object = {}, prefix = "$JS.API") =>
      originOf({ prefix, connection: { info: { ...info, ...changes } } } as never);
    expect(origin()).toBe(origin({ serverName: "n2" }));
    for (const changes of [{ cluster: "D" }, { domain: "leaf" }, { version: "2.16.0" }]) {
      expect(origin(changes)).not.toBe(origin());
    }
    expect(origin({}, "$JS.hub.API")).not.toBe(origin());
    expect(origin({ cluster: undefined })).not.toBe(origin({ cluster: undefined, serverName: "n2" }));
  });
});

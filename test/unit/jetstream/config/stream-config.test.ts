import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StreamConfig, streamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { thrown } from "../../../support/failure.ts";
import { streamConfigs } from "./arbitrary-configs.ts";

/** What `toWire` says even where it is the default. */
const WRITTEN: Partial<StreamConfig> = {
  retention: "limits",
  maxConsumers: Infinity,
  maxMsgs: Infinity,
  maxBytes: Infinity,
  maxAge: Infinity,
  discard: "old",
  storage: "file",
  replicas: 1,
};

function wire(config: Omit<StreamConfig, "name">): Record<string, unknown> {
  return streamConfig.toWire({ name: "S", ...config } as StreamConfig);
}

describe("both directions", () => {
  it("[JS-STR-11..31] what is written is read as it was", () => {
    fc.assert(
      fc.property(streamConfigs, (config) => {
        const json: unknown = JSON.parse(JSON.stringify(streamConfig.toWire(config)));
        expect(streamConfig.fromWire(json)).toEqual({ ...WRITTEN, ...config });
      }),
    );
  });

  it("[JS-STR-11..31] what is read is written as it was", () => {
    fc.assert(
      fc.property(streamConfigs, (config) => {
        const json = streamConfig.toWire(config);
        expect(streamConfig.toWire(streamConfig.fromWire(json))).toEqual(json);
      }),
    );
  });

  it("a configuration is not changed, and not kept", () => {
    const config = Object.freeze({
      name: "S",
      subjects: Object.freeze(["a", "b"]),
      metadata: Object.freeze({ a: "b" }),
    });
    const json = streamConfig.toWire(config);
    (json["subjects"] as string[]).push("c");
    (json["metadata"] as Record<string, string>)["c"] = "d";
    expect(config).toEqual({ name: "S", subjects: ["a", "b"], metadata: { a: "b" } });
  });
});

describe("each field", () => {
  it.each<[string, Omit<StreamConfig, "name">, Record<string, unknown>]>([
    ["[JS-STR-11] retention", { retention: "workqueue" }, { retention: "workqueue" }],
    [
      "[JS-STR-12] limits",
      { maxMsgs: 5, maxBytes: 6, maxConsumers: 7 },
      { max_msgs: 5, max_bytes: 6, max_consumers: 7 },
    ],
    ["[JS-STR-12] no limits", { maxMsgs: Infinity, maxAge: Infinity }, { max_msgs: -1, max_age: 0 }],
    ["[JS-STR-12] an age", { maxAge: 1500 }, { max_age: 1_500_000_000 }],
    ["[JS-STR-13] discard", { discard: "new" }, { discard: "new" }],
    [
      "[JS-STR-13] discard for each subject",
      { discard: "new-per-subject", maxMsgsPerSubject: 1 },
      { discard: "new", discard_new_per_subject: true, max_msgs_per_subject: 1 },
    ],
    [
      "[JS-STR-14] storage and replicas",
      { storage: "memory", replicas: 3 },
      { storage: "memory", num_replicas: 3 },
    ],
    ["[JS-STR-15] compression", { compression: "s2" }, { compression: "s2" }],
    ["[JS-STR-16] the first sequence", { firstSeq: 100 }, { first_seq: 100 }],
    ["[JS-STR-17] placement", { placement: { tags: ["a"] } }, { placement: { tags: ["a"] } }],
    [
      "[JS-STR-18] what can't be undone",
      { sealed: true, denyDelete: true },
      { sealed: true, deny_delete: true },
    ],
    ["[JS-STR-19] direct reads", { allowDirect: true }, { allow_direct: true }],
    [
      "[JS-STR-27] limits of consumers",
      { consumerLimits: { inactiveThreshold: 1 } },
      { consumer_limits: { inactive_threshold: 1e6 } },
    ],
    ["[JS-STR-29] markers", { subjectDeleteMarkerTtl: 1000 }, { subject_delete_marker_ttl: 1_000_000_000 }],
    ["[JS-STR-31] persistence", { persistMode: "async" }, { persist_mode: "async" }],
    [
      "[JS-STR-24] a domain",
      { sources: [{ name: "O", external: { domain: "hub" } }] },
      { sources: [{ name: "O", external: { api: "$JS.hub.API" } }] },
    ],
    [
      "[JS-STR-25] a consumer of a source",
      { mirror: { name: "O", consumer: { name: "c", deliverSubject: "d" } } },
      { mirror: { name: "O", consumer: { name: "c", deliver_subject: "d" } } },
    ],
  ])("%s", (_title, config, expected) => {
    expect(wire(config)).toMatchObject(expected);
  });

  it("null, as Go writes an empty list, says nothing", () => {
    expect(streamConfig.fromWire({ name: "S", subjects: null, placement: null, sources: null })).toEqual({
      name: "S",
    });
  });

  it("[JS-STR-24] a prefix with deliveries is no domain", () => {
    const json = {
      name: "S",
      mirror: { name: "O", external: { api: "$JS.hub.API", deliver: "hub.deliver" } },
    };
    expect(streamConfig.fromWire(json).mirror?.external).toEqual({
      api: "$JS.hub.API",
      deliver: "hub.deliver",
    });
  });
});

describe("[JS-CTX-12] what isn't known", () => {
  const json = {
    name: "S",
    template_owner: "T",
    future: { a: 1 },
    placement: { cluster: "C", rack: 7 },
    sources: [{ name: "A" }, { name: "B", lag_limit: 5 }],
    compression: "zstd",
  };

  it("[JS-STR-39] is kept as it travels, wherever it is, and written back", () => {
    const config = streamConfig.fromWire(json);
    expect(config.unknown).toEqual({ template_owner: "T", future: { a: 1 }, compression: "zstd" });
    expect(config.placement).toEqual({ cluster: "C", unknown: { rack: 7 } });
    expect(config.sources?.[1]).toEqual({ name: "B", unknown: { lag_limit: 5 } });
    expect(config.compression).toBeUndefined();
    expect(streamConfig.toWire({ ...config, description: "d" })).toMatchObject({ ...json, description: "d" });
  });

  it("gives way to what is said with a name of ours", () => {
    const config = { ...streamConfig.fromWire(json), compression: "s2" as const };
    expect(streamConfig.toWire(config)["compression"]).toBe("s2");
  });

  it("__proto__ is a name like any other", () => {
    const config = streamConfig.fromWire(JSON.parse('{"name":"S","__proto__":{"polluted":true}}'));
    expect((config as unknown as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(JSON.stringify(streamConfig.toWire(config))).toContain('"__proto__":{"polluted":true}');
  });
});

describe("a field that there is not", () => {
  it.each([
    ["maxage", 'did you mean "maxAge"'],
    ["max_age", 'here it is "maxAge", in milliseconds'],
    ["num_replicas", 'here it is "replicas"'],
    ["discard_new_per_subject", 'here it is discard: "new-per-subject"'],
    ["allow_rollup_hdrs", 'here it is "allowRollup"'],
    ["toString", "the fields are"],
    ["zzzzzzz", "the fields are name, description"],
  ])("%s is INVALID_CONFIG: %s", (name, hint) => {
    const error = thrown(() => wire({ [name]: 1 }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", argument: name });
    expect(error.message).toContain(hint);
  });

  it("within another one is named by its path", () => {
    const error = thrown(() => wire({ sources: [{ name: "A" }, { name: "B", opt_start_seq: 5 } as never] }));
    expect(error).toMatchObject({ argument: "sources[1].opt_start_seq" });
    expect(error.message).toContain('here it is "sources[1].startSeq"');
  });

  it.each([undefined, null, 7, "ORDERS", [], [{ name: "S" }]])("%j is no configuration", (config) => {
    expect(thrown(() => streamConfig.toWire(config as never))).toMatchObject({ code: "INVALID_CONFIG" });
    expect(thrown(() => streamConfig.fromWire(config))).toMatchObject({ code: "INVALID_CONFIG" });
  });

  it("on the way in the names are those of the wire", () => {
    const read = (json: object) => thrown(() => streamConfig.fromWire({ name: "S", ...json })).argument;
    expect(read({ max_msgs: "many" })).toBe("max_msgs");
    expect(read({ sources: [{ name: "A", opt_start_seq: "x" }] })).toBe("sources[0].opt_start_seq");
  });
});

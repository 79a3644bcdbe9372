import { describe, expect, it } from "vitest";
import { streamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { thrown } from "../../../support/failure.ts";

const source = (more: object = {}) => ({ name: "O", ...more });

describe("configurations that no server takes are refused, naming the field", () => {
  const cases: readonly (readonly [title: string, config: object, argument: string])[] = [
    ["a name with a dot", { name: "a.b" }, "name"],
    ["a name with a space", { name: "a b" }, "name"],
    ["a name with a wildcard", { name: "a*" }, "name"],
    ["a name with a slash", { name: "a/b" }, "name"],
    ["no name", { name: undefined }, "name"],
    ["a description of more than 4 KiB", { description: "x".repeat(4097) }, "description"],
    ["[JS-STR-28] metadata of more than 128 KiB", { metadata: { a: "x".repeat(131_072) } }, "metadata"],
    ["[JS-STR-28] metadata of the server", { metadata: { "_nats.mine": "1" } }, "metadata"],
    ["a subject with an empty token", { subjects: ["a..b"] }, "subjects[0]"],
    ["a subject with a space", { subjects: ["a", "b c"] }, "subjects[1]"],
    ["a subject with a > in its midst", { subjects: ["a.>.b"] }, "subjects[0]"],
    ["a subject twice", { subjects: ["a", "a"] }, "subjects[1]"],
    ["subjects that overlap", { subjects: ["a.*", "a.>"] }, "subjects[1]"],
    ["all subjects, with acks", { subjects: [">"] }, "subjects[0]"],
    ["all subjects, with replicas", { subjects: [">"], noAck: true, replicas: 3 }, "replicas"],
    ["[JS-STR-12] a limit of 0", { maxMsgs: 0 }, "maxMsgs"],
    ["[JS-STR-12] a limit of -1", { maxBytes: -1 }, "maxBytes"],
    ["[JS-STR-12] a limit of less than a message", { maxMsgs: 0.5 }, "maxMsgs"],
    ["[JS-STR-12] messages of more than 2 GiB", { maxMsgSize: 2 ** 31 }, "maxMsgSize"],
    ["[JS-STR-12] an age below 100 ms", { maxAge: 99 }, "maxAge"],
    ["[JS-STR-12] an age in words", { maxAge: "1h" }, "maxAge"],
    ["a window below 100 ms", { duplicateWindow: 99 }, "duplicateWindow"],
    ["a window beyond the age", { maxAge: 1000, duplicateWindow: 1001 }, "duplicateWindow"],
    ["[JS-STR-14] no replicas", { replicas: 0 }, "replicas"],
    ["[JS-STR-14] six replicas", { replicas: 6 }, "replicas"],
    ["[JS-STR-14] a storage that there is not", { storage: "disk" }, "storage"],
    ["[JS-STR-13] discard for each subject without their limit", { discard: "new-per-subject" }, "discard"],
    ["[JS-STR-16] a first sequence of 0", { firstSeq: 0 }, "firstSeq"],
    ["[JS-STR-22] a mirror with subjects", { mirror: source(), subjects: ["a"] }, "subjects"],
    ["[JS-STR-22] a mirror with sources", { mirror: source(), sources: [source()] }, "sources"],
    ["[JS-STR-22] a mirror with a first sequence", { mirror: source(), firstSeq: 5 }, "firstSeq"],
    ["[JS-STR-22] a mirror with counters", { mirror: source(), allowMsgCounter: true }, "allowMsgCounter"],
    ["[JS-STR-22] a mirror with batches", { mirror: source(), allowAtomic: true }, "allowAtomic"],
    ["[JS-STR-22] a mirror with fast ingest", { mirror: source(), allowBatched: true }, "allowBatched"],
    [
      "[JS-STR-22] a mirror with schedules",
      { mirror: source(), allowMsgSchedules: true },
      "allowMsgSchedules",
    ],
    [
      "[JS-STR-22] a mirror with markers",
      { mirror: source(), subjectDeleteMarkerTtl: 1000 },
      "subjectDeleteMarkerTtl",
    ],
    ["[JS-STR-19] mirrorDirect without a mirror", { mirrorDirect: true }, "mirrorDirect"],
    ["[JS-STR-23] a source without a name", { sources: [{}] }, "sources[0].name"],
    ["[JS-STR-23] a source with a bad name", { sources: [source({ name: "a.b" })] }, "sources[0].name"],
    ["[JS-STR-23] the same source twice", { sources: [source(), source()] }, "sources[1]"],
    ["[JS-STR-23] a start at 0", { mirror: source({ startSeq: 0 }) }, "mirror.startSeq"],
    [
      "[JS-STR-23] two starts",
      { mirror: source({ startSeq: 1, startTime: new Date() }) },
      "mirror.startTime",
    ],
    [
      "[JS-STR-23] sources with schedules",
      { sources: [source()], allowMsgSchedules: true },
      "allowMsgSchedules",
    ],
    [
      "[JS-STR-26] a filter and transforms",
      { mirror: source({ filterSubject: "a", subjectTransforms: [{ src: "a", dest: "b" }] }) },
      "mirror.subjectTransforms",
    ],
    [
      "[JS-STR-26] transforms that overlap",
      {
        sources: [
          source({
            subjectTransforms: [
              { src: "a.>", dest: "x.>" },
              { src: "a.b", dest: "y" },
            ],
          }),
        ],
      },
      "sources[0].subjectTransforms[1]",
    ],
    ["[JS-STR-24] nothing in external", { mirror: source({ external: {} }) }, "mirror.external"],
    [
      "[JS-STR-24] a domain with a dot",
      { mirror: source({ external: { domain: "a.b" } }) },
      "mirror.external.domain",
    ],
    [
      "[JS-STR-24] a domain and a prefix",
      { mirror: source({ external: { domain: "a", api: "b" } }) },
      "mirror.external.api",
    ],
    [
      "[JS-STR-24] a prefix with wildcards",
      { mirror: source({ external: { api: "a.>" } }) },
      "mirror.external.api",
    ],
    [
      "[JS-STR-24] the own prefix",
      { mirror: source({ external: { api: "$JS.API" } }) },
      "mirror.external.api",
    ],
    [
      "[JS-STR-25] a consumer without where it delivers",
      { mirror: source({ consumer: { name: "c" } }) },
      "mirror.consumer.deliverSubject",
    ],
    [
      "[JS-STR-25] a consumer with a start",
      { mirror: source({ startSeq: 5, consumer: { name: "c", deliverSubject: "d" } }) },
      "mirror.consumer",
    ],
    [
      "[JS-STR-25] one consumer for two sources",
      {
        sources: [
          source({
            subjectTransforms: [{ src: "a", dest: "b" }],
            consumer: { name: "c", deliverSubject: "d" },
          }),
          source({
            subjectTransforms: [{ src: "x", dest: "y" }],
            consumer: { name: "c", deliverSubject: "e" },
          }),
        ],
      },
      "sources[1].consumer",
    ],
    ["[JS-STR-30] counters that discard", { allowMsgCounter: true, discard: "new" }, "discard"],
    ["[JS-STR-30] counters that expire", { allowMsgCounter: true, allowMsgTtl: true }, "allowMsgTtl"],
    [
      "[JS-STR-30] counters on a schedule",
      { allowMsgCounter: true, allowMsgSchedules: true },
      "allowMsgSchedules",
    ],
    ["[JS-STR-30] counters in a work queue", { allowMsgCounter: true, retention: "workqueue" }, "retention"],
    ["[JS-STR-30] schedules that discard", { allowMsgSchedules: true, discard: "new" }, "discard"],
    ["[JS-STR-30] rollups without purging", { allowRollup: true, denyPurge: true }, "denyPurge"],
    ["[JS-STR-29] markers without purging", { subjectDeleteMarkerTtl: 1000, denyPurge: true }, "denyPurge"],
    ["[JS-STR-29] markers for less than a second", { subjectDeleteMarkerTtl: 999 }, "subjectDeleteMarkerTtl"],
    ["[JS-STR-31] async in memory", { persistMode: "async", storage: "memory" }, "persistMode"],
    ["[JS-STR-31] async with replicas", { persistMode: "async", replicas: 3 }, "persistMode"],
    ["[JS-STR-31] async with batches", { persistMode: "async", allowAtomic: true }, "persistMode"],
    ["[JS-STR-21] a republish to nowhere", { republish: {} }, "republish.dest"],
    [
      "[JS-STR-21] a republish that comes back",
      { subjects: ["a.>"], republish: { dest: "a.b" } },
      "republish.dest",
    ],
    ["[JS-STR-21] a republish that comes back by the name", { republish: { dest: "S" } }, "republish.dest"],
  ];

  it.each(cases)("%s", (_title, config, argument) => {
    const error = thrown(() => streamConfig.toWire({ name: "S", ...config }));
    expect(error).toMatchObject({ code: "INVALID_CONFIG", argument });
    expect(error.message).toContain(argument);
  });
});

describe("configurations that look like it, and are not refused", () => {
  const cases: readonly (readonly [title: string, config: object])[] = [
    ["a window as long as the age", { maxAge: 1000, duplicateWindow: 1000 }],
    [
      "a sealed stream as its server has it",
      { sealed: true, denyPurge: true, allowRollup: false, discard: "new" },
    ],
    [
      "the same stream from two accounts",
      { sources: [source(), source({ external: { api: "other.api" } })] },
    ],
    [
      "a mirror without what it excludes",
      { mirror: source(), subjects: [], sources: [], allowAtomic: false },
    ],
    ["all subjects", { subjects: [">"], noAck: true }],
    ["a republish by a transform", { subjectTransform: { src: "S", dest: "t.S" }, republish: { dest: "S" } }],
    ["a name in another script", { name: "ÜBER_ордер" }],
  ];

  it.each(cases)("%s", (_title, config) => {
    expect(() => streamConfig.toWire({ name: "S", ...config })).not.toThrow();
  });
});

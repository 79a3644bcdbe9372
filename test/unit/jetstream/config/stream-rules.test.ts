import { describe, expect, it } from "vitest";
import { streamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { thrown } from "../../../support/failure.ts";
import { REFUSED_STREAMS } from "./refused-streams.ts";

const source = (more: object = {}) => ({ name: "O", ...more });

describe("[JS-BATCH-09] configurations that no server takes are refused, naming the field", () => {
  it.each(REFUSED_STREAMS)("%s", (_title, config, argument) => {
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

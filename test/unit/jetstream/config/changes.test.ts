import { describe, expect, it } from "vitest";
import { applyChanges } from "../../../../src/jetstream/config/changes.ts";
import type { ConsumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import type { StreamConfig } from "../../../../src/jetstream/config/stream-config.ts";
import { thrown } from "../../../support/failure.ts";

const stream: StreamConfig = {
  name: "S",
  subjects: ["a"],
  maxAge: 600_000,
  duplicateWindow: 120_000,
  description: "d",
};

describe("[JS-STR-02] changes", () => {
  it("what is named changes, null takes a field away, the rest stays", () => {
    const changed = applyChanges(stream, {
      maxMsgs: 5,
      description: null,
      subjects: ["b"],
      replicas: undefined,
    } as object);
    expect(changed).toEqual({
      name: "S",
      subjects: ["b"],
      maxAge: 600_000,
      duplicateWindow: 120_000,
      maxMsgs: 5,
    });
    expect(stream.description).toBe("d");
  });

  it("a window that nobody chose follows the age", () => {
    expect(applyChanges(stream, { maxAge: 1000 })).toEqual({
      name: "S",
      subjects: ["a"],
      maxAge: 1000,
      description: "d",
    });
    const short: StreamConfig = { name: "S", maxAge: 5000, duplicateWindow: 5000 };
    expect(applyChanges(short, { maxAge: null })).toEqual({ name: "S" });
  });

  it("a window that somebody chose stays", () => {
    const chosen: StreamConfig = { name: "S", maxAge: 600_000, duplicateWindow: 60_000 };
    expect(applyChanges(chosen, { maxAge: 1000 })).toEqual({ ...chosen, maxAge: 1000 });
    expect(applyChanges(stream, { maxAge: 1000, duplicateWindow: 500 })).toMatchObject({
      duplicateWindow: 500,
    });
  });

  it("[JS-STR-43] a mirror that becomes a stream of its own", () => {
    const mirror: StreamConfig = { name: "S", mirror: { name: "O" }, mirrorDirect: true };
    expect(applyChanges(mirror, { mirror: null })).toEqual({ name: "S" });
  });

  it("[JS-CON-09] a back-off takes the place of the ack wait", () => {
    const consumer: ConsumerConfig = { durable: "D", ackWait: 30_000 };
    expect(applyChanges(consumer, { backoff: [1000] })).toEqual({ durable: "D", backoff: [1000] });
    expect(applyChanges(consumer, { backoff: null })).toEqual({ durable: "D" });
    expect(applyChanges(consumer, { ackWait: 5 })).toEqual({ durable: "D", ackWait: 5 });
  });

  it.each([null, undefined, 5, "x", []])("%j are none", (changes) => {
    expect(thrown(() => applyChanges(stream, changes as never))).toMatchObject({
      code: "INVALID_OPTION",
      argument: "changes",
    });
  });
});

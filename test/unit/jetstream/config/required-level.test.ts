import { describe, expect, it } from "vitest";
import type { ConsumerConfig, PushConsumerConfig } from "../../../../src/jetstream/config/consumer-config.ts";
import { levelOfConsumer, levelOfStream } from "../../../../src/jetstream/config/required-level.ts";
import type { StreamConfig } from "../../../../src/jetstream/config/stream-config.ts";

const consumer = { name: "c", deliverSubject: "d" };

describe("[JS-CTX-06] the API level that a configuration needs", () => {
  it.each<[Omit<StreamConfig, "name">, number | undefined]>([
    [{}, undefined],
    [{ allowMsgTtl: false, allowAtomic: false, allowBatched: false, persistMode: "default" }, undefined],
    [{ mirror: { name: "A" } }, undefined],
    [{ allowMsgTtl: true }, 1],
    [{ subjectDeleteMarkerTtl: 1000 }, 1],
    [{ allowMsgCounter: true }, 2],
    [{ allowAtomic: true, allowMsgTtl: true }, 2],
    [{ allowMsgSchedules: true }, 2],
    [{ persistMode: "async" }, 2],
    [{ allowBatched: true, allowAtomic: true }, 4],
    [{ mirror: { name: "A", consumer } }, 4],
    [{ sources: [{ name: "A" }, { name: "B", consumer }] }, 4],
  ])("of a stream with %j is %s", (config, level) => {
    expect(levelOfStream({ ...config, name: "S" } as StreamConfig)).toBe(level);
  });

  it.each<[ConsumerConfig | PushConsumerConfig, number | undefined]>([
    [{}, undefined],
    [{ pauseUntil: new Date() }, 1],
    [{ priority: { policy: "overflow", groups: ["a"] } }, 1],
    [{ priority: { policy: "prioritized", groups: ["a"] } }, 2],
    [{ ackPolicy: "flow-control", maxAckPending: 5, push: {} }, 4],
  ])("of a consumer with %j is %s", (config, level) => {
    expect(levelOfConsumer(config)).toBe(level);
  });
});

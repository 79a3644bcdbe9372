import { describe, expect, test } from "vitest";
import { makeMessage } from "../../../../src/index.ts";
import { readAdvisory } from "../../../../src/jetstream/advisories/read-advisory.ts";

const TIME = "2026-11-26T17:21:21.123456789Z";
const HEAD = { id: "abc", timestamp: TIME, domain: "hub" };
const READ_HEAD = { id: "abc", time: new Date("2026-11-26T17:21:21.123Z"), domain: "hub" };
const OF = { stream: "S", consumer: "c" };
const PEER = { name: "n2", current: true, active: 1_500_000, lag: 3, peer: "p2" };
const READ_PEER = {
  name: "n2",
  current: true,
  offline: false,
  active: 1.5,
  lag: 3,
  peer: "p2",
  pending: false,
};

function read(data: unknown): object {
  return readAdvisory(
    makeMessage({
      subject: "$JS.EVENT.ADVISORY.X",
      data: typeof data === "string" ? data : JSON.stringify(data),
    }),
  );
}

describe("an advisory", () => {
  test.each<[string, object, object]>([
    [
      "advisory.v1.stream_action",
      { stream: "S", action: "modify" },
      { type: "streamAction", stream: "S", action: "update" },
    ],
    [
      "advisory.v1.consumer_action",
      { ...OF, action: "delete" },
      { type: "consumerAction", ...OF, action: "delete" },
    ],
    [
      "advisory.v1.consumer_pause",
      { ...OF, paused: true, pause_until: TIME },
      { type: "consumerPaused", ...OF, paused: true, until: READ_HEAD.time },
    ],
    [
      "advisory.v1.consumer_pause",
      { ...OF, paused: false, pause_until: "0001-01-01T00:00:00Z" },
      { type: "consumerPaused", ...OF, paused: false },
    ],
    [
      "advisory.v1.max_deliver",
      { ...OF, stream_seq: 7, deliveries: 3 },
      { type: "maxDeliveries", ...OF, seq: 7, deliveries: 3 },
    ],
    [
      "advisory.v1.terminated",
      { ...OF, stream_seq: 7, consumer_seq: 9, deliveries: 3, reason: "bad" },
      { type: "terminated", ...OF, seq: 7, deliverySeq: 9, deliveries: 3, reason: "bad" },
    ],
    [
      "advisory.v1.nak",
      { ...OF, stream_seq: 7, consumer_seq: 9, deliveries: 3 },
      { type: "nak", ...OF, seq: 7, deliverySeq: 9, deliveries: 3 },
    ],
    [
      "metric.v1.consumer_ack",
      { ...OF, stream_seq: 7, consumer_seq: 9, deliveries: 1, ack_time: 2_500_000 },
      { type: "ack", ...OF, seq: 7, deliverySeq: 9, deliveries: 1, ackTime: 2.5 },
    ],
    [
      "advisory.v1.consumer_group_pinned",
      { ...OF, group: "g", pinned_id: "id" },
      { type: "pinned", ...OF, group: "g", clientId: "id" },
    ],
    [
      "advisory.v1.consumer_group_unpinned",
      { ...OF, group: "g", reason: "timeout" },
      { type: "unpinned", ...OF, group: "g", reason: "timeout" },
    ],
    [
      "advisory.v1.stream_leader_elected",
      { stream: "S", leader: "n1", replicas: [PEER] },
      { type: "leaderElected", stream: "S", leader: "n1", replicas: [READ_PEER] },
    ],
    [
      "advisory.v1.consumer_quorum_lost",
      { ...OF, replicas: null },
      { type: "quorumLost", ...OF, replicas: [] },
    ],
    [
      "advisory.v1.domain_leader_elected",
      { leader: "n1", replicas: [], cluster: "c1" },
      { type: "leaderElected", leader: "n1", replicas: [] },
    ],
    ["advisory.v1.snapshot_create", { stream: "S" }, { type: "backupBegun", stream: "S" }],
    ["advisory.v1.restore_create", { stream: "S" }, { type: "restoreBegun", stream: "S" }],
    ["advisory.v1.restore_complete", { stream: "S", bytes: 5 }, { type: "restoreEnded", stream: "S" }],
    [
      "advisory.v1.stream_batch_abandoned",
      { stream: "S", batch: "b", reason: "timeout" },
      { type: "batchAbandoned", stream: "S", batch: "b", reason: "timeout" },
    ],
    [
      "advisory.v1.server_out_of_space",
      { server: "n1", server_id: "X", stream: "S", cluster: "" },
      { type: "serverOutOfStorage", server: "n1", stream: "S" },
    ],
    ["advisory.v1.server_removed", { server: "n1", server_id: "X" }, { type: "serverRemoved", server: "n1" }],
    [
      "advisory.v1.api_limit_reached",
      { server: "n1", dropped: 12 },
      { type: "apiLimitReached", server: "n1", dropped: 12 },
    ],
    [
      "advisory.v1.api_audit",
      { server: "n1", subject: "$JS.API.INFO", response: "{}" },
      { type: "apiAudit", server: "n1", subject: "$JS.API.INFO", request: "", response: "{}" },
    ],
  ])("[JS-ADV-07] is read by its type: %s %j", (type, wire, advisory) => {
    expect(read({ type: `io.nats.jetstream.${type}`, ...HEAD, ...wire })).toEqual({
      ...READ_HEAD,
      ...advisory,
    });
  });

  test("[JS-ADV-08] of a rescue tells both quorums", () => {
    const wire = { server: "n1", server_id: "X", prev_quorum: 3, new_quorum: 1, cluster: "c1" };
    expect(read({ type: "io.nats.jetstream.advisory.v1.meta_rescue", ...HEAD, ...wire })).toEqual({
      ...READ_HEAD,
      type: "metaRescue",
      server: "n1",
      previousQuorum: 3,
      quorum: 1,
    });
  });

  test("[JS-ADV-09] of a backup that ended early has its error", () => {
    const type = "io.nats.jetstream.advisory.v1.snapshot_complete";
    const ended = { ...READ_HEAD, type: "backupEnded", stream: "S" };
    expect(read({ type, ...HEAD, stream: "S", error: "no flow" })).toEqual({ ...ended, error: "no flow" });
    expect(read({ type, ...HEAD, stream: "S" })).toEqual(ended);
  });

  test("[JS-ADV-07] of a type never heard of keeps what it has", () => {
    const data = { type: "io.nats.jetstream.advisory.v1.brand_new", ...HEAD, count: 1 };
    expect(read(data)).toEqual({ ...READ_HEAD, type: "other", schema: data.type, data });
  });

  test.each<[string, unknown]>([
    ["no JSON", "no JSON"],
    ["no object", "[1]"],
    ["no head", { type: "io.nats.jetstream.advisory.v1.server_removed", server: "n1" }],
    [
      "a field of another kind",
      { type: "io.nats.jetstream.advisory.v1.max_deliver", ...HEAD, ...OF, stream_seq: "x" },
    ],
    [
      "an action never heard of",
      { type: "io.nats.jetstream.advisory.v1.stream_action", ...HEAD, stream: "S", action: "paint" },
    ],
  ])("[JS-ADV-07] that is malformed is told all the same: %s", (_what, data) => {
    expect(read(data)).toMatchObject({ type: "other", time: expect.any(Date) });
  });
});

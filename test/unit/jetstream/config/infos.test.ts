import { describe, expect, it } from "vitest";
import { readConsumerInfo } from "../../../../src/jetstream/config/consumer-info.ts";
import { readStreamInfo } from "../../../../src/jetstream/config/stream-info.ts";
import { thrown } from "../../../support/failure.ts";

const TIME = "2026-01-02T03:04:05.123456789Z";
const date = new Date("2026-01-02T03:04:05.123Z");

const STREAM = {
  type: "io.nats.jetstream.api.v1.stream_info_response",
  total: 0,
  config: { name: "S", max_msgs: -1 },
  created: TIME,
  ts: TIME,
  state: {
    messages: 2,
    bytes: 100,
    first_seq: 3,
    first_ts: TIME,
    last_seq: 9,
    last_ts: "0001-01-01T00:00:00Z",
    num_subjects: 2,
    subjects: { a: 1 },
    num_deleted: 5,
    deleted: [4, 5],
    lost: { msgs: null, bytes: 7 },
    consumer_count: 1,
    future: 1,
  },
  alternates: [
    { name: "S", cluster: "C" },
    { name: "T", domain: "hub", cluster: "D" },
  ],
};

describe("streams", () => {
  it("[JS-STR-05] the state has numbers and dates, and undefined where there is none", () => {
    const info = readStreamInfo(STREAM);
    expect(info.state).toEqual({
      messages: 2,
      bytes: 100,
      firstSeq: 3,
      firstTime: date,
      lastSeq: 9,
      numSubjects: 2,
      numDeleted: 5,
      deleted: [4, 5],
      lost: { msgs: [], bytes: 7 },
      consumerCount: 1,
    });
    expect(info).toMatchObject({ created: date, ts: date, config: { name: "S", maxMsgs: Infinity } });
    expect(info).not.toHaveProperty("unknown");
    expect(info).not.toHaveProperty("total");
  });

  it("[JS-STR-32] alternates come in the order of the server", () => {
    expect(readStreamInfo(STREAM).alternates).toEqual([
      { name: "S", cluster: "C" },
      { name: "T", domain: "hub", cluster: "D" },
    ]);
  });

  it("[JS-STR-33] a cluster, its replicas without the leader", () => {
    const cluster = {
      name: "C",
      raft_group: "S-R3F-abc",
      leader: "n1",
      leader_since: TIME,
      system_account: true,
      traffic_account: "ACC",
      replicas: [{ name: "n2", current: true, active: 1_500_000, lag: 4, peer: "p2" }],
    };
    expect(readStreamInfo({ ...STREAM, cluster }).cluster).toEqual({
      name: "C",
      raftGroup: "S-R3F-abc",
      leader: "n1",
      leaderSince: date,
      systemAccount: true,
      trafficAccount: "ACC",
      replicas: [
        { name: "n2", peer: "p2", current: true, offline: false, active: 1.5, lag: 4, pending: false },
      ],
    });
    expect(readStreamInfo({ ...STREAM, cluster: { leader: "n1" } }).cluster).toEqual({
      leader: "n1",
      replicas: [],
    });
  });

  it("[JS-STR-40] a change under way has those parts that are known", () => {
    const desired = (json: object) =>
      readStreamInfo({ ...STREAM, cluster: { desired: json } }).cluster?.desired;
    expect(desired({ created: TIME, name: "D", origin: { replicas: 3 } })).toEqual({
      created: date,
      cluster: "D",
      origin: { replicas: 3 },
    });
    expect(
      desired({
        replicas: [{ name: "n1", peer: "p1", offline: true }],
        origin: { replicas: 1, placement: { tags: ["a"] }, retention: "limits" },
        status: { type: "catchup", description: "waits", err: "slow" },
      }),
    ).toEqual({
      replicas: [{ name: "n1", peer: "p1", offline: true }],
      origin: { replicas: 1, placement: { tags: ["a"] }, retention: "limits" },
      status: { type: "catchup", description: "waits", error: "slow" },
    });
  });

  it("[JS-STR-45] how far a mirror is, its error, and never heard of", () => {
    const error = { code: 500, err_code: 10_228, description: "source consumer stalled" };
    const json = {
      name: "O",
      lag: 7,
      seq: 12,
      active: 2_000_000,
      error,
      external: { api: "$JS.hub.API", deliver: "" },
    };
    const { mirror } = readStreamInfo({ ...STREAM, mirror: json });
    expect(mirror).toMatchObject({ name: "O", lag: 7, seq: 12, active: 2, external: { domain: "hub" } });
    expect(mirror?.error).toMatchObject({ name: "JetStreamError", errCode: 10_228 });
    const { sources } = readStreamInfo({ ...STREAM, sources: [{ name: "A", lag: 0, active: -1 }] });
    expect(sources).toEqual([{ name: "A", lag: 0 }]);
  });

  it("a server that does not say when it answered answered now", () => {
    const before = Date.now();
    const { ts: _, ...old } = STREAM;
    expect(readStreamInfo(old).ts.getTime()).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ["no object", 7],
    ["null", null],
    ["without a configuration", { ...STREAM, config: undefined }],
    ["without its time", { ...STREAM, created: undefined }],
    ["with a state that is no object", { ...STREAM, state: [] }],
    ["with a sequence that no number holds", { ...STREAM, state: { ...STREAM.state, last_seq: 2n ** 63n } }],
    ["with a time that is none", { ...STREAM, created: "yesterday" }],
    ["with peers that are no list", { ...STREAM, cluster: { replicas: {} } }],
    ["with a configuration that can't be read", { ...STREAM, config: { name: 7 } }],
  ])("an answer %s is INVALID_RESPONSE", (_title, json) => {
    expect(thrown(() => readStreamInfo(json))).toMatchObject({ code: "INVALID_RESPONSE" });
  });
});

const CONSUMER = {
  stream_name: "S",
  name: "C",
  created: TIME,
  config: { durable_name: "C", ack_policy: "explicit" },
};

describe("consumers", () => {
  it("[JS-CON-05] what is left out is 0, false or nothing", () => {
    expect(readConsumerInfo({ ...CONSUMER, ts: TIME })).toEqual({
      stream: "S",
      name: "C",
      created: date,
      ts: date,
      config: { durable: "C", ackPolicy: "explicit" },
      delivered: { consumerSeq: 0, streamSeq: 0 },
      ackFloor: { consumerSeq: 0, streamSeq: 0 },
      numPending: 0,
      numAckPending: 0,
      numRedelivered: 0,
      numWaiting: 0,
      paused: false,
      pushBound: false,
      priorityGroups: [],
    });
  });

  it("[JS-CON-05] all that there is", () => {
    const info = readConsumerInfo({
      ...CONSUMER,
      delivered: { consumer_seq: 5, stream_seq: 9, last_active: TIME },
      ack_floor: { consumer_seq: 4, stream_seq: 8 },
      num_pending: 1,
      num_ack_pending: 2,
      num_redelivered: 3,
      num_waiting: 4,
      paused: true,
      pause_remaining: 1_500_000,
      push_bound: true,
      priority_groups: [
        { group: "a", pinned_client_id: "id", pinned_ts: TIME },
        { group: "b", pinned_ts: "0001-01-01T00:00:00Z" },
      ],
      cluster: { leader: "n1" },
    });
    expect(info).toMatchObject({
      delivered: { consumerSeq: 5, streamSeq: 9, lastActive: date },
      ackFloor: { consumerSeq: 4, streamSeq: 8 },
      numPending: 1,
      numAckPending: 2,
      numRedelivered: 3,
      numWaiting: 4,
      paused: true,
      pauseRemaining: 1.5,
      pushBound: true,
      cluster: { leader: "n1", replicas: [] },
    });
    expect(info.priorityGroups).toEqual([
      { group: "a", pinnedClientId: "id", pinnedSince: date },
      { group: "b" },
    ]);
  });

  it.each([
    ["no object", "x"],
    ["without its stream", { ...CONSUMER, stream_name: "" }],
    ["without a configuration", { ...CONSUMER, config: null }],
    ["with a number that is none", { ...CONSUMER, num_pending: "1" }],
  ])("an answer %s is INVALID_RESPONSE", (_title, json) => {
    expect(thrown(() => readConsumerInfo(json))).toMatchObject({ code: "INVALID_RESPONSE" });
  });
});

import { describe, expect, it } from "vitest";
import {
  CLUSTER,
  DESIRED,
  DESIRED_ORIGIN,
  DESIRED_STATUS,
  PEER,
  PEER_INFO,
} from "../../../../src/jetstream/config/cluster-info.ts";
import { CONSUMER_INFO, PRIORITY_GROUP, SEQUENCES } from "../../../../src/jetstream/config/consumer-info.ts";
import { CONSUMER } from "../../../../src/jetstream/config/consumer-table.ts";
import {
  CONSUMER_LIMITS,
  PLACEMENT,
  PREFIXES,
  REPUBLISH,
  SOURCE,
  SOURCE_CONSUMER,
  TRANSFORM,
} from "../../../../src/jetstream/config/source-table.ts";
import {
  ALTERNATE,
  LOST,
  SOURCE_INFO,
  STATE,
  STREAM_INFO,
} from "../../../../src/jetstream/config/stream-info.ts";
import { STREAM } from "../../../../src/jetstream/config/stream-table.ts";
import type { Field } from "../../../../src/jetstream/config/table.ts";
import { SERVER_FIELDS } from "./server-fields.ts";

type Struct = keyof typeof SERVER_FIELDS;

const TABLES: Readonly<Record<Struct, Readonly<Record<string, Field>>>> = {
  StreamConfig: STREAM,
  StreamSource: SOURCE,
  StreamConsumerSource: SOURCE_CONSUMER,
  ExternalStream: PREFIXES,
  SubjectTransformConfig: TRANSFORM,
  RePublish: REPUBLISH,
  StreamConsumerLimits: CONSUMER_LIMITS,
  Placement: PLACEMENT,
  ConsumerConfig: CONSUMER,
  StreamInfo: STREAM_INFO,
  StreamState: STATE,
  LostStreamData: LOST,
  StreamAlternate: ALTERNATE,
  StreamSourceInfo: SOURCE_INFO,
  ClusterInfo: CLUSTER,
  PeerInfo: PEER_INFO,
  DesiredClusterInfo: DESIRED,
  DesiredPeerInfo: PEER,
  DesiredClusterInfoOrigin: DESIRED_ORIGIN,
  DesiredClusterInfoStatus: DESIRED_STATUS,
  ConsumerInfo: CONSUMER_INFO,
  SequenceInfo: SEQUENCES,
  PriorityGroupState: PRIORITY_GROUP,
};

/** What no configuration of ours may say, with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "Placement.preferred": "servers refuse it in a configuration: it is for a leader that steps down",
  "ConsumerConfig.direct": "of consumers that servers make for mirrors and sources",
  "ConsumerConfig.sourcing": "of consumers that servers make for mirrors and sources",
  "StreamState.subjects": "they are listed page by page: Stream.subjects",
};

describe("[JS-CTX-12] every field that nats-server 2.15.2 has", () => {
  it.each(Object.keys(SERVER_FIELDS) as Struct[])("%s is known by its name on the wire", (struct) => {
    const known = new Set(Object.values(TABLES[struct]).flatMap(({ wire }) => Object.keys(wire)));
    const missing = SERVER_FIELDS[struct].filter(
      (name) => !known.has(name) && !(`${struct}.${name}` in LEFT_OUT),
    );
    expect(missing).toEqual([]);
    const fields: readonly string[] = SERVER_FIELDS[struct];
    expect([...known].filter((name) => !fields.includes(name))).toEqual([]);
  });

  it("or left out for a reason that is still so", () => {
    const all = (Object.keys(SERVER_FIELDS) as Struct[]).flatMap((struct) =>
      SERVER_FIELDS[struct].map((name) => `${struct}.${name}`),
    );
    expect(Object.keys(LEFT_OUT).filter((name) => !all.includes(name))).toEqual([]);
  });
});

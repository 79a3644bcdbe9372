import { durationOrZero } from "./durations.ts";
import { factsOf } from "./facts.ts";
import { instant } from "./instant.ts";
import type { Kind } from "./kind.ts";
import { count } from "./numbers.ts";
import { flag, listOf, text } from "./plain-kinds.ts";
import { placement } from "./source-table.ts";
import type { Placement } from "./stream-config.ts";
import { field, type Table } from "./table.ts";

/** Which servers hold a stream or consumer. */
export interface ClusterInfo {
  readonly name?: string; // JS-STR-33
  readonly leader?: string;
  readonly leaderSince?: Date;
  readonly raftGroup?: string;
  readonly systemAccount?: boolean;
  readonly trafficAccount?: string;
  /** Without the leader. */
  readonly replicas: readonly PeerInfo[];
  /** A change that is under way, and how far it is; its parts come as they are known. */
  readonly desired?: {
    readonly created?: Date; // JS-STR-40
    readonly cluster?: string;
    readonly replicas?: readonly Peer[];
    /** How it was before. */
    readonly origin?: {
      readonly replicas: number;
      readonly placement?: Placement;
      readonly retention?: string;
    };
    readonly status?: { readonly type: string; readonly description: string; readonly error?: string };
  };
}

/** A server by its name and id. */
export interface Peer {
  readonly name: string;
  readonly peer: string;
  readonly offline: boolean;
}

/** A replica: heard of `active` milliseconds ago, `lag` operations behind; `pending` until it is one of the group. */
export interface PeerInfo extends Peer {
  readonly current: boolean;
  readonly active: number;
  readonly lag: number;
  readonly pending: boolean;
}

export const PEER: Table<Peer> = {
  name: field("name", text),
  peer: field("peer", text),
  offline: field("offline", flag),
};
const UNSAID_PEER: Peer = { name: "", peer: "", offline: false };

export const PEER_INFO: Table<PeerInfo> = {
  ...PEER,
  current: field("current", flag),
  active: field("active", durationOrZero),
  lag: field("lag", count(0)),
  pending: field("pending", flag),
};
const UNSAID_PEER_INFO: PeerInfo = { ...UNSAID_PEER, current: false, active: 0, lag: 0, pending: false };

type Desired = NonNullable<ClusterInfo["desired"]>;

export const DESIRED_ORIGIN: Table<NonNullable<Desired["origin"]>> = {
  replicas: field("replicas", count(0)),
  placement: field("placement", placement),
  retention: field("retention", text),
};

export const DESIRED_STATUS: Table<NonNullable<Desired["status"]>> = {
  type: field("type", text),
  description: field("description", text),
  error: field("err", text),
};

export const DESIRED: Table<Desired> = {
  created: field("created", instant),
  cluster: field("name", text),
  replicas: field("replicas", listOf(factsOf(PEER, UNSAID_PEER))),
  origin: field("origin", factsOf(DESIRED_ORIGIN, { replicas: 0 })),
  status: field("status", factsOf(DESIRED_STATUS, { type: "", description: "" })),
};

export const CLUSTER: Table<ClusterInfo> = {
  name: field("name", text),
  leader: field("leader", text),
  leaderSince: field("leader_since", instant),
  raftGroup: field("raft_group", text),
  systemAccount: field("system_account", flag),
  trafficAccount: field("traffic_account", text),
  replicas: field("replicas", listOf(factsOf(PEER_INFO, UNSAID_PEER_INFO))),
  desired: field("desired", factsOf(DESIRED)),
};
export const clusterInfo: Kind<ClusterInfo> = factsOf(CLUSTER, { replicas: [] });

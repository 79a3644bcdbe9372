import type { JetStreamError } from "../errors.ts";
import type { Placement, StreamConfig } from "./stream-config.ts";

/** `alternates`: where it can be read too, the nearest first. `ts`: when the server answered. */
export interface StreamInfo {
  readonly config: StreamConfig;
  readonly created: Date;
  readonly ts: Date;
  readonly state: Readonly<
    Record<
      "messages" | "bytes" | "firstSeq" | "lastSeq" | "consumerCount" | "numSubjects" | "numDeleted",
      number
    >
  > & {
    readonly firstTime?: Date;
    readonly lastTime?: Date;
    readonly deleted?: readonly number[];
    readonly lost?: { readonly msgs: readonly number[]; readonly bytes: number };
  };
  readonly cluster?: ClusterInfo;
  readonly mirror?: SourceInfo;
  readonly sources?: readonly SourceInfo[];
  readonly alternates?: readonly {
    readonly name: string;
    readonly domain?: string;
    readonly cluster: string;
  }[]; // JS-STR-32
}
/** `seq` was taken last; `active` milliseconds ago it was heard of, undefined for never. */
export interface SourceInfo {
  // JS-STR-45
  readonly name: string;
  readonly lag: number;
  readonly seq?: number;
  readonly active?: number;
  readonly error?: JetStreamError;
}
/** `replicas` without the leader. `desired`: a change that is under way, and how far it is. */
export interface ClusterInfo {
  // JS-STR-33
  readonly name?: string;
  readonly leader?: string;
  readonly leaderSince?: Date;
  readonly raftGroup?: string;
  readonly systemAccount?: boolean;
  readonly trafficAccount?: string;
  readonly replicas: readonly PeerInfo[];
  readonly desired?: {
    // JS-STR-40
    readonly created?: Date;
    readonly cluster?: string;
    readonly replicas?: readonly Peer[];
    readonly origin?: {
      readonly replicas: number;
      readonly placement?: Placement;
      readonly retention?: string;
    };
    readonly status?: { readonly type: string; readonly description: string; readonly error?: string };
  };
}
export interface Peer {
  readonly name: string;
  readonly peer: string;
  readonly offline: boolean;
}
export interface PeerInfo extends Peer {
  readonly current: boolean;
  readonly active: number;
  readonly lag: number;
  readonly pending: boolean;
}

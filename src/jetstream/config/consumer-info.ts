import type { ConsumerConfig, PushConsumerConfig } from "./consumer-config.ts";
import type { ClusterInfo } from "./stream-info.ts";

export interface ConsumerInfo {
  readonly stream: string;
  readonly name: string;
  readonly created: Date;
  readonly ts: Date;
  readonly config: ConsumerConfig | PushConsumerConfig;
  readonly delivered: SequenceInfo;
  readonly ackFloor: SequenceInfo;
  readonly numPending: number;
  readonly numAckPending: number;
  readonly numRedelivered: number;
  readonly numWaiting: number;
  readonly paused: boolean;
  readonly pauseRemaining?: number;
  readonly pushBound: boolean;
  readonly cluster?: ClusterInfo;
  readonly priorityGroups: readonly {
    readonly group: string;
    readonly pinnedClientId?: string;
    readonly pinnedSince?: Date;
  }[];
}
export interface SequenceInfo {
  readonly consumerSeq: number;
  readonly streamSeq: number;
  readonly lastActive?: Date;
}

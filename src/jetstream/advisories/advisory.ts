import type { PeerInfo } from "../config/cluster-info.ts";

/** What servers tell of streams and consumers. */
export type Advisory = AdvisoryHead & AdvisoryBody;

/** What all advisories have. */
export interface AdvisoryHead {
  /** An id of this advisory. */
  readonly id: string;
  readonly time: Date;
  readonly domain?: string;
  readonly account?: string;
}

/** Tells of a stream. */
export interface OfStream {
  readonly stream: string;
}

/** Tells of a consumer. */
export interface OfConsumer extends OfStream {
  readonly consumer: string;
}

/** Tells of a message that a consumer has delivered. */
export interface OfDelivery extends OfConsumer {
  /** The message's number in the stream. */
  readonly seq: number;
  /** How often it was delivered. */
  readonly deliveries: number;
}

/** The servers that hold a stream, a consumer or the meta group. */
export interface OfGroup extends Partial<OfConsumer> {
  /** Undefined where there is none. */
  readonly leader?: string;
  /** The other servers. */
  readonly replicas: readonly PeerInfo[];
}

/** What an advisory tells, by `type`. */
export type AdvisoryBody =
  | (OfStream & { readonly type: "streamAction"; readonly action: "create" | "update" | "delete" })
  | (OfConsumer & { readonly type: "consumerAction"; readonly action: "create" | "delete" })
  | (OfConsumer & { readonly type: "consumerPaused"; readonly paused: boolean; readonly until?: Date })
  /** A message was delivered as often as its consumer allows, and not acked. */
  | (OfDelivery & { readonly type: "maxDeliveries" })
  | (OfDelivery & {
      readonly type: "terminated" | "nak";
      readonly deliverySeq: number;
      readonly reason?: string;
    })
  /** A message was acked, `ackTime` milliseconds after it was delivered: a sample, by the consumer's `sampleFrequency`. */
  | (OfDelivery & { readonly type: "ack"; readonly deliverySeq: number; readonly ackTime: number })
  | (OfConsumer & { readonly type: "pinned"; readonly group: string; readonly clientId: string })
  | (OfConsumer & { readonly type: "unpinned"; readonly group: string; readonly reason?: string })
  /** A consumer, a stream or, without either, the servers' meta group has a new leader, or can't have one. */
  | (OfGroup & { readonly type: "leaderElected" | "quorumLost" })
  /** `error` of `backupEnded`: it is not complete. */
  | (OfStream & {
      readonly type: "backupBegun" | "backupEnded" | "restoreBegun" | "restoreEnded";
      readonly error?: string;
    })
  /** `reason`: timeout, large, incomplete or unsupported. */
  | (OfStream & { readonly type: "batchAbandoned"; readonly batch: string; readonly reason: string })
  | (Partial<OfStream> & { readonly type: "serverOutOfStorage" | "serverRemoved"; readonly server: string })
  /** More requests waited than the server allows, and were dropped. */
  | { readonly type: "apiLimitReached"; readonly server: string; readonly dropped: number }
  /** A call of the JetStream API, by anybody. */
  | {
      readonly type: "apiAudit";
      readonly server: string;
      readonly subject: string;
      readonly request: string;
      readonly response: string;
    }
  /** Somebody has lowered the meta group's quorum: stored data may be lost. */
  | {
      readonly type: "metaRescue";
      readonly server: string;
      readonly previousQuorum: number;
      readonly quorum: number;
    }
  /** An advisory of a newer server, or one that can't be read. `schema` is its type on the wire, `data` its JSON, or its text. */
  | { readonly type: "other"; readonly schema: string; readonly data: unknown };

/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/jetstream` gives.
export { type JetStream, jetstream } from "./jetstream.ts";
export type { JetStreamOptions } from "./options.ts";
export {
  JetStreamError,
  type JetStreamErrorCode,
  type JetStreamErrorFacts,
  type PublishFailure,
} from "./errors.ts";
export type { ApiCall } from "./api/api-call.ts";
export type { AssetOptions } from "./asset-options.ts";
export type { StepDownOptions } from "./step-down.ts";

export type { ClusterInfo, Peer, PeerInfo } from "./config/cluster-info.ts";
export {
  type AckConfig,
  type ConsumerConfig,
  consumerConfig,
  type ConsumerSettings,
  type PushConsumerConfig,
  type PushDelivery,
  type Redelivery,
} from "./config/consumer-config.ts";
export type { ConsumerInfo, PriorityGroupInfo, SequenceInfo } from "./config/consumer-info.ts";
export type { Either } from "./config/either.ts";
export type { Start } from "./config/start.ts";
export {
  type Placement,
  type StreamConfig,
  streamConfig,
  type StreamSettings,
  type StreamSource,
  type SubjectTransform,
} from "./config/stream-config.ts";
export type { SourceInfo, StreamAlternate, StreamInfo, StreamState } from "./config/stream-info.ts";
export type { Changes, UnknownFields, WireFormat } from "./config/wire-format.ts";

export type { Assets } from "./plan/assets.ts";
export { type Plan, plan } from "./plan/plan.ts";
export type { PlannedChange, PlannedField } from "./plan/planned-change.ts";

export type { AccountInfo, AccountLimits, AccountUsage, ApiUsage } from "./account/account-info.ts";

export { advisories, type AdvisoryOptions } from "./advisories/advisories.ts";
export type {
  Advisory,
  AdvisoryBody,
  AdvisoryHead,
  OfConsumer,
  OfDelivery,
  OfGroup,
  OfStream,
} from "./advisories/advisory.ts";

export { type Meta, meta } from "./meta/meta.ts";

export type { Batch } from "./publish/batch.ts";
export type { Ingest } from "./publish/ingest.ts";
export type { IngestReport } from "./publish/ingest-outcome.ts";
export type { IngestFailure, IngestGap, IngestLosses } from "./publish/ingest-losses.ts";
export type { IngestOptions } from "./publish/ingest-options.ts";
export type {
  BatchAck,
  Expectations,
  JetStreamPublishOptions,
  MessageOptions,
  PubAck,
  Publish,
  RetryOptions,
  Schedule,
  ScheduleTime,
} from "./publish/message-options.ts";
export type { Publisher } from "./publish/publisher.ts";
export type { PublisherOptions, PublishReport } from "./publish/publisher-options.ts";

export type { AnyConsumer, ResetOptions } from "./consumer/any-consumer.ts";
export type { Consumer } from "./consumer/consumer.ts";
export type { Consumers } from "./consumer/consumers.ts";
export type { OrderedConsumerConfig } from "./consumer/ordered-config.ts";
export type {
  OrderedConsumeOptions,
  OrderedConsumer,
  OrderedFetchOptions,
  OrderedNextOptions,
} from "./consumer/ordered-consumer.ts";
export type { PushConsumer } from "./consumer/push-consumer.ts";
export type { PushConsumeOptions } from "./push/push-options.ts";

export type { ConsumerMessages } from "./consume/consumer-messages.ts";
export type { Consuming } from "./consume/consuming.ts";
export type { DrainConsumingOptions } from "./consume/consuming-options.ts";
export type { ConsumeEventListener, ConsumeEventType } from "./consume/consume-events.ts";
export type { ConsumeEvent, ConsumingClosed, ResetReason } from "./consume/events.ts";
export type { Watch } from "./consume/watch.ts";
export type {
  ConsumeOptions,
  FetchOptions,
  LastingOptions,
  NextOptions,
  PullOptions,
  PushOptions,
} from "./consume/options.ts";

export type { JetStreamMessage, Settlement } from "./message/jetstream-message.ts";
export type { MessageSource } from "./message/message-source.ts";
export type { ScheduleOrigin } from "./message/schedule-origin.ts";
export type { StoredMessage } from "./message/stored-message.ts";

export type { StreamListOptions, Streams } from "./stream/streams.ts";
export type { DeleteMessageOptions, Stream, StreamInfoOptions } from "./stream/stream.ts";
export type { Peers } from "./stream/peers.ts";
export type { PurgeOptions } from "./stream/purge.ts";
export type { SubjectCount } from "./stream/subjects.ts";
export type { PendingSchedule } from "./stream/schedules.ts";
export type { CounterValue } from "./stream/counters.ts";
export type { MessageQuery } from "./direct/message-query.ts";
export type { ReadOptions } from "./direct/message-reader.ts";
export type { RangeOptions } from "./direct/range.ts";
export type { LastOptions } from "./direct/last-pages.ts";

export { type Backup, backup, type BackupOptions } from "./backup/backup.ts";
export { restore, type RestoreOptions } from "./backup/restore.ts";
export type { BackupManifest } from "./backup/manifest.ts";
export type { ByteSource } from "../core/byte-source.ts";
export type { TransferOptions, TransferProgress } from "./backup/transfer-options.ts";
export type {
  BatchHandler,
  BatchWindow,
  Handler,
  HandlerContext,
  HandlingOptions,
  PushWorkOptions,
  WorkOptions,
  WorkRetryOptions,
} from "./work/options.ts";
export type { Work } from "./work/work.ts";
export type { Death, DeadLetterBox } from "./work/dead-letter-box.ts";
export type { DeathReason } from "./work/retry-plan.ts";

export { deadLetters, type DeadLetterOptions } from "./dead-letters/open-dead-letters.ts";
export type { CollectOptions } from "./dead-letters/collect.ts";
export type { DeadLetter, DeadLetterFilter } from "./dead-letters/dead-letter.ts";
export type { DeadLetters } from "./dead-letters/dead-letters.ts";
export type { PastDeath } from "./dead-letters/letter-headers.ts";

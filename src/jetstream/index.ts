/// <reference lib="esnext.disposable" preserve="true" />
// What `natspeed/jetstream` gives.
export { type JetStream, jetstream } from "./jetstream.ts";
export type { JetStreamOptions } from "./options.ts";
export { JetStreamError, type JetStreamErrorCode, type PublishFailure } from "./errors.ts";
export type { ApiCall } from "./api/api-call.ts";
export type { AssetOptions } from "./asset-options.ts";
export type { StepDownOptions } from "./step-down.ts";

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

import { type ErrorFacts, NatsError } from "../core/errors.ts";

/** The codes of {@link JetStreamError}; `docs/errors.md` has the cause and the remedy of each. */
export const jetStreamErrorCodes = [
  "JETSTREAM_NOT_ENABLED",
  "JETSTREAM_NOT_ENABLED_FOR_ACCOUNT",
  "SERVER_TOO_OLD",
  "API_ERROR",
  "INVALID_RESPONSE",
  "TOO_MANY_REQUESTS",
  "STREAM_NOT_FOUND",
  "STREAM_EXISTS",
  "CONSUMER_NOT_FOUND",
  "CONSUMER_EXISTS",
  "CONSUMER_BOUND",
  "WRONG_CONSUMER_KIND",
  "ASSET_OFFLINE",
  "INVALID_CONFIG",
  "UNKNOWN_FIELD",
  "PLAN_IMPOSSIBLE",
  "BACKUP_INCOMPLETE",
  "NO_STREAM",
  "STREAM_FULL",
  "MESSAGE_TOO_LARGE",
  "WRONG_LAST_SEQUENCE",
  "EXPECTATION_FAILED",
  "PUBLISHER_FULL",
  "PUBLISHER_DRAINED",
  "PUBLISH_FAILED",
  "BATCH_FAILED",
  "INGEST_ENDED",
  "TOO_MANY_SUBJECTS",
  "PULL_REFUSED",
  "HEARTBEATS_MISSED",
  "RETRYING",
  "ALREADY_SETTLED",
  "NOT_ACKABLE",
  "NOT_A_JETSTREAM_MESSAGE",
  "DELIVER_SUBJECT_SHARED",
] as const;

/** The codes of {@link JetStreamError}. */
export type JetStreamErrorCode = (typeof jetStreamErrorCodes)[number];

/** One message of a window that was not stored, or may not have been. */
export interface PublishFailure {
  readonly subject: string;
  readonly error: NatsError;
}

/** What is known about a failure of JetStream beside its code; facts that don't apply are absent. */
export interface JetStreamErrorFacts extends ErrorFacts {
  readonly stream?: string | undefined;
  readonly consumer?: string | undefined;
  readonly errCode?: number | undefined;
  readonly errName?: string | undefined;
  readonly status?: number;
  readonly lastSequence?: number | undefined;
  readonly failures?: readonly PublishFailure[];
  readonly failed?: number;
  readonly fields?: readonly string[];
  readonly retryable?: boolean;
}

/** JetStream refuses, or can't do what was asked. Facts that don't apply are absent. */
export class JetStreamError<Code extends JetStreamErrorCode = JetStreamErrorCode> extends NatsError<Code> {
  override readonly name = "JetStreamError";
  /** The stream concerned. */
  declare readonly stream?: string;
  /** The consumer concerned. */
  declare readonly consumer?: string;
  /** What the server said: its `err_code`, the name of this in the server's table, and its HTTP-like status. */
  declare readonly errCode?: number;
  declare readonly errName?: string;
  declare readonly status?: number;
  /** With `WRONG_LAST_SEQUENCE`: the sequence that would have been right, if the server told. */
  declare readonly lastSequence?: number;
  /** With `PUBLISH_FAILED`: the first 100 failures, and how many there are in all. */
  declare readonly failures?: readonly PublishFailure[];
  declare readonly failed?: number;
  /** With `STREAM_EXISTS` and `CONSUMER_EXISTS`: the fields in which the existing one differs, if that could be found out. */
  declare readonly fields?: readonly string[];
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(code: Code, message: string, facts: JetStreamErrorFacts = {}) {
    const { retryable = false, ...others } = facts;
    super(code, message, others);
    this.retryable = retryable;
  }
}

declare module "../core/errors.ts" {
  interface EntryErrors extends Record<JetStreamErrorCode, JetStreamError> {}
}

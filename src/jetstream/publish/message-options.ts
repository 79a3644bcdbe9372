import type { HeadersInit } from "../../core/protocol/headers.ts";
import type { Payload } from "../../core/message.ts";
import type { Schema, SchemaInput } from "../../core/values/schema.ts";
import type { Either } from "../config/either.ts";
import type { WaitOptions } from "../../core/waiter.ts";

/** Publishes a payload as it is, or a value as a schema writes it. */
export interface Publish<R, Options = MessageOptions> {
  (subject: string, data?: Payload, options?: Options): R;
  <S extends Schema>(subject: string, value: SchemaInput<S>, options: Options & { readonly schema: S }): R;
}

/** Options of a message, however it is published. */
export interface MessageOptions {
  /** Headers: made by `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /** While the stream's `duplicateWindow` lasts, a second message of this id is not stored. */
  readonly msgId?: string; // JS-PUB-04
  /** What must be true of the stream, or the message is refused. */
  readonly expect?: Expectations;
  /** Milliseconds that it lives, at least 1000. The stream needs `allowMsgTtl`. */
  readonly ttl?: number | "never"; // JS-PUB-11
  /** Removes all earlier messages: those of this subject, or all of the stream. The stream needs `allowRollup`. */
  readonly rollup?: "subject" | "all"; // JS-PUB-10
  /** Makes it a schedule. The stream needs `allowMsgSchedules`; see also `Stream.schedules`. */
  readonly schedule?: Schedule; // JS-SCHED-01..09
  /** The subject of a schedule that ends together with this publish. */
  readonly cancelSchedule?: string; // JS-SCHED-11
  /** Adds to the counter of this subject; there is no payload. The stream needs `allowMsgCounter`. */
  readonly increment?: bigint | number; // JS-CTR-01
}

/** What must be true of the stream for a message to be stored. */
export interface Expectations {
  /** The name of the stream that takes it. */
  readonly stream?: string; // JS-PUB-05
  /** The sequence of the stream's last message; 0: it never had one. */
  readonly lastSequence?: number; // JS-PUB-06
  /** The sequence of the last message of this subject, or of those that a filter names; 0: there is none. */
  readonly lastSubjectSequence?: number | { readonly filter: string; readonly sequence: number }; // JS-PUB-07, 08
  /** The `msgId` of the stream's last message. */
  readonly lastMsgId?: string; // JS-PUB-09
}

/** Sends its own payload, or the last message of `source`, to `target`, a subject of the same stream. */
export type Schedule = ScheduleTime & {
  /** Where it sends; not the subject of the schedule itself. */
  readonly target: string;
  /** The subject whose last message is sent. @default the schedule's own payload */
  readonly source?: string;
  /** Milliseconds that the sent message lives, at least 1000. The stream needs `allowMsgTtl`. @default for ever */
  readonly ttl?: number | "never";
  /** The sent message replaces all earlier ones of its subject. The stream needs `allowRollup`. */
  readonly rollup?: "subject";
};

/** Once; every so many milliseconds, at least 1000; or by 6 fields, seconds first, or `@daily` … in a time zone of IANA. */
export type ScheduleTime = Either<
  { readonly at: Date },
  Either<{ readonly every: number }, { readonly cron: string; readonly timeZone?: string }>
>;

/** How a message that was not stored is published again. */
export interface RetryOptions {
  /**
   * How often a message is published again if no stream takes it, or if it has a `msgId` and got no answer. With 0 it is never
   * published again, not even after a lost link. @default 2
   */
  readonly retries?: number; // JS-PUB-02
  /** Milliseconds before it is published again; they grow if the server says that it is too busy. @default 250 */
  readonly retryDelay?: number;
}

/** Options of `JetStream.publish`. `timeout` is for all attempts together. */
export interface JetStreamPublishOptions extends MessageOptions, RetryOptions, WaitOptions {}

/** What a stream answers to a message that it has stored. */
export interface PubAck {
  readonly stream: string;
  /** The message's sequence in the stream. */
  readonly seq: number;
  /** The stream had it already, by its `msgId`. */
  readonly duplicate: boolean;
  /** The JetStream domain, if the server has one. */
  readonly domain?: string;
  /** What the counter has come to, if the message was an `increment`. */
  readonly value?: bigint; // JS-CTR-02
}

/** What a stream answers to messages that it has stored together; `seq` is that of the last one. */
export interface BatchAck extends PubAck {
  /** The id of the batch. */
  readonly batch: string;
  /** How many messages there were. */
  readonly count: number;
}

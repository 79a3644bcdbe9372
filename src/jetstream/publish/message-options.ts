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
/** What can go with a message, however it is published. */
export interface MessageOptions {
  readonly headers?: HeadersInit;
  /** While the stream's `duplicateWindow` lasts, a second message of this id is not stored. */
  readonly msgId?: string; // JS-PUB-04
  /** What must be true of the stream, or the message is refused. */
  readonly expect?: Expectations;
  /** Milliseconds that it lives, at least 1000. The stream needs `allowMsgTtl`. */
  readonly ttl?: number | "never"; // JS-PUB-11
  /** Removes what was there: of this subject, or all. The stream needs `allowRollup`. */
  readonly rollup?: "subject" | "all"; // JS-PUB-10
  /** Makes it a schedule. The stream needs `allowMsgSchedules`; see also `Stream.schedules`. */
  readonly schedule?: Schedule; // JS-SCHED-01..09
  /** The subject of a schedule that ends together with this publish. */
  readonly cancelSchedule?: string; // JS-SCHED-11
  /** Adds to the counter of this subject; there is no payload. The stream needs `allowMsgCounter`. */
  readonly increment?: bigint | number; // JS-CTR-01
}
export interface Expectations {
  readonly stream?: string; // JS-PUB-05
  readonly lastSequence?: number; // JS-PUB-06
  /** Of this subject, or of those that a filter names; 0: there is none. */
  readonly lastSubjectSequence?: number | { readonly filter: string; readonly sequence: number }; // JS-PUB-07, 08
  readonly lastMsgId?: string; // JS-PUB-09
}
/** Sends to `target`, a subject of the same stream: its own payload, or the last message of `source`. */
export type Schedule = ScheduleTime & {
  readonly target: string;
  readonly source?: string;
  readonly ttl?: number | "never";
  readonly rollup?: "subject";
};
/** Once; every so many milliseconds, at least 1000; or by 6 fields, seconds first, or `@daily` … in a time zone of IANA. */
export type ScheduleTime = Either<
  { readonly at: Date },
  Either<{ readonly every: number }, { readonly cron: string; readonly timeZone?: string }>
>;
export interface RetryOptions {
  /**
   * How often a message is published again that nobody takes; or that has a `msgId` and got no answer. With 0 it is never
   * published again, not after a lost link either. @default 2
   */
  readonly retries?: number; // JS-PUB-02
  /** Milliseconds before it is published again; more and more of them if the server says that it is too busy. @default 250 */
  readonly retryDelay?: number;
}
export interface JetStreamPublishOptions extends MessageOptions, RetryOptions, WaitOptions {}
/** `duplicate`: the stream had it already, by its `msgId`. `value`: the counter's new one. */
export interface PubAck {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate: boolean;
  readonly domain?: string;
  readonly value?: bigint; // JS-CTR-02
}
/** `seq` is that of the last message. */
export interface BatchAck extends PubAck {
  readonly batch: string;
  readonly count: number;
}

import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Message } from "../../core/message.ts";
import { parseJson } from "../../core/parse-json.ts";
import { preview } from "../../core/preview.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { json } from "../../core/values/codecs.ts";
import type { Schema } from "../../core/values/schema.ts";
import { readValue } from "../../core/values/values.ts";
import { type MessageSource, readSource } from "./message-source.ts";
import { type ScheduleOrigin, readScheduleOrigin } from "./schedule-origin.ts";

/**
 * A message of a stream. Its parts are read when asked for.
 *
 * A kept message keeps the chunk that it came in (up to 64 KiB): to hold on to many small ones, keep their text or
 * `data.slice()`.
 */
export abstract class StoredMessage<T = unknown> {
  readonly #message: Message;

  /** @internal */
  constructor(message: Message) {
    this.#message = message;
  }

  /** The stream's name. */
  abstract get stream(): string;

  /** The sequence in the stream. */
  abstract get seq(): number;

  /** When it was stored, in nanoseconds since 1970. */
  abstract get timeNanos(): bigint;

  /** How many more of the messages that were asked for follow; undefined if the server did not tell. */
  abstract get pending(): number | undefined;

  /** Reads its value. @internal */
  abstract get schema(): Schema | undefined;

  /** The subject that it was stored with. */
  get subject(): string {
    return this.#message.subject;
  }

  /** When it was stored, to the millisecond. */
  get time(): Date {
    return new Date(Number(this.timeNanos / 1_000_000n));
  }

  /** The headers; undefined if it has none. */
  get headers(): MessageHeaders | undefined {
    return this.#message.headers;
  }

  /** The payload, as `Message.data` gives it. */
  get data(): Uint8Array {
    return this.#message.data;
  }

  // JS-CON-14
  /** Bytes of payload, even if the message came without its payload. */
  get size(): number {
    const { size } = this.#message;
    if (size > 0) return size;
    const told = Number(this.headers?.get("Nats-Msg-Size"));
    return Number.isSafeInteger(told) && told >= 0 ? told : 0;
  }

  /** The payload as text; bytes that are not UTF-8 become the replacement character. */
  string(): string {
    return this.#message.string();
  }

  /** The payload parsed as JSON, with the reviver of `JSON.parse`. Throws `INVALID_JSON`, naming the subject. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for the shape, as everywhere in TypeScript
  json<U = unknown>(reviver?: (key: string, value: unknown) => unknown): U {
    return parseJson(this, reviver) as U;
  }

  /** The payload as the schema reads it; as JSON if there is none. Throws `INVALID_VALUE`. */
  get value(): T {
    return readValue(this.schema ?? json(), this.data, { subject: this.subject }) as T;
  }

  // JS-STR-23
  /** Where it comes from, if its stream copied it from another one. */
  get source(): MessageSource | undefined {
    return readSource(this.headers);
  }

  // JS-SCHED-10
  /** The schedule that made it, and the `next` time of the schedule, which is undefined after the last one. */
  get schedule(): ScheduleOrigin | undefined {
    return readScheduleOrigin(this.headers);
  }

  /** As it was received. @internal */
  get received(): Message {
    return this.#message;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    return inspected("StoredMessage", this.facts(), depth, options, inspect);
  }

  /** @internal */
  facts(): Record<string, unknown> {
    const { stream, seq, subject, time, headers, size, data } = this;
    return { stream, seq, subject, time, headers, size, data: data.length === 0 ? undefined : preview(data) };
  }
}

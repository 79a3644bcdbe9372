import { ArgumentError, type NatsError, ProtocolError } from "./errors.ts";
import type { Subscription } from "./delivery/subscription.ts";
import { INSPECT, type Inspect, inspected } from "./inspect.ts";
import { parseJson } from "./parse-json.ts";
import { preview } from "./preview.ts";
import type { MessageFrame } from "./protocol/decoder.ts";
import { type HeadersInit, inlineStatus, isNoRespondersStatus, MessageHeaders } from "./protocol/headers.ts";
import { readText } from "./protocol/text.ts";

/** What a message can carry: text (sent as UTF-8), bytes, or nothing. */
export type Payload = string | Uint8Array | undefined;

/** Options of `Message.respond`. */
export interface RespondOptions {
  /** Made with `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
  /** Where the receiver of this response can send an answer in turn. */
  readonly reply?: string;
}

/** What a message needs of the connection and the subscription that it came by. */
export interface MessageContext {
  /** Undefined if it came by none of the application's, as a response to a request. */
  readonly subscription: Subscription | undefined;
  /** Publishes to the subject that lies in `bytes[start, end)`. */
  respond(bytes: Uint8Array, start: number, end: number, payload: Payload, options?: RespondOptions): void;
  reportError(error: NatsError): void;
}

/**
 * Up to this size a copy costs no more than a view (V8 keeps such arrays on its heap) and pins nothing; above it is
 * twenty times as dear (measured on Node 20). Deno's V8 keeps none of them on its heap: with copies of 16 bytes a message
 * takes twice as much to receive there (Deno 2.9).
 */
const COPY_UP_TO = "Deno" in globalThis ? 0 : 64;

// Registered, not unique: two copies of the package in one process take each other's messages.
const brand: unique symbol = Symbol.for("natspeed.message");

/**
 * A received message. Its parts are read from the received bytes when you ask for them.
 *
 * A message keeps the chunk in memory that it came in, up to 64 KiB. To hold on to many small messages, keep their text or
 * `data.slice()` instead.
 */
export class Message {
  readonly #context: MessageContext;
  readonly #bytes: Uint8Array;
  readonly #subjectStart: number;
  readonly #subjectEnd: number;
  readonly #replyStart: number;
  readonly #replyEnd: number;
  readonly #headersStart: number;
  readonly #payloadStart: number;
  readonly #payloadEnd: number;
  #data: Uint8Array | undefined;
  // null: nothing could be read of them.
  #headers: MessageHeaders | null | undefined;

  // Each bound by itself, for queues keep them so: a frame between costs as much as making the message (measured).
  /** @internal */
  constructor(
    context: MessageContext,
    bytes: Uint8Array,
    subjectStart: number,
    subjectEnd: number,
    replyStart: number,
    replyEnd: number,
    headersStart: number,
    payloadStart: number,
    payloadEnd: number,
  ) {
    this.#context = context;
    this.#bytes = bytes;
    this.#subjectStart = subjectStart;
    this.#subjectEnd = subjectEnd;
    this.#replyStart = replyStart;
    this.#replyEnd = replyEnd;
    this.#headersStart = headersStart;
    this.#payloadStart = payloadStart;
    this.#payloadEnd = payloadEnd;
  }

  /** @internal */
  get [brand](): true {
    return true;
  }

  /** The message that lies in `frame`. @internal */
  static of(context: MessageContext, frame: MessageFrame): Message {
    return new Message(
      context,
      frame.bytes,
      frame.subjectStart,
      frame.subjectEnd,
      frame.replyStart,
      frame.replyEnd,
      frame.headersStart,
      frame.payloadStart,
      frame.payloadEnd,
    );
  }

  /** The subject that the message was published to. */
  get subject(): string {
    return readText(this.#bytes, this.#subjectStart, this.#subjectEnd);
  }

  /** Where the sender expects a response; undefined if it expects none. */
  get reply(): string | undefined {
    if (this.#replyEnd === this.#replyStart) return undefined;
    return readText(this.#bytes, this.#replyStart, this.#replyEnd);
  }

  /** The subscription that it was received by; undefined for the response to a request. */
  get subscription(): Subscription | undefined {
    return this.#context.subscription;
  }

  /**
   * The payload: a copy if it has at most 64 bytes, and otherwise a view of the received bytes; on Deno always a view. To keep a
   * small payload for long, keep `data.slice()`.
   */
  get data(): Uint8Array {
    return (this.#data ??=
      this.#payloadEnd - this.#payloadStart <= COPY_UP_TO
        ? this.#bytes.slice(this.#payloadStart, this.#payloadEnd)
        : this.#bytes.subarray(this.#payloadStart, this.#payloadEnd));
  }

  /** The size of the payload in bytes. */
  get size(): number {
    return this.#payloadEnd - this.#payloadStart;
  }

  /**
   * The headers; undefined if the message has none, or none that can be read. Headers that can't be read are left out, and an
   * `error` event with the code `MALFORMED_HEADERS` says so, once for each message.
   */
  get headers(): MessageHeaders | undefined {
    if (this.#headersStart === this.#payloadStart) return undefined;
    if (this.#headers === undefined) this.#headers = this.#decodeHeaders();
    return this.#headers ?? undefined;
  }

  /** The payload as text; bytes that are not UTF-8 become the replacement character. */
  string(): string {
    return readText(this.#bytes, this.#payloadStart, this.#payloadEnd);
  }

  /**
   * The payload parsed as JSON, with the reviver of `JSON.parse`. Throws `INVALID_JSON`, naming the subject.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * nc.subscribe("orders.*", { callback: (m) => console.log(m.json<{ item: string }>().item) });
   * nc.publish("orders.new", JSON.stringify({ item: "coffee" }));
   * await nc.drain();
   * ```
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for the shape, as everywhere in TypeScript
  json<T = unknown>(reviver?: (key: string, value: unknown) => unknown): T {
    return parseJson(this, reviver) as T;
  }

  /**
   * Publishes a response to the message's reply subject, in the same way as `Connection.publish`.
   *
   * Throws `MESSAGE_WITHOUT_REPLY` if the sender expects no response, `CONNECTION_CLOSED` once the connection is
   * closed, and what a publish throws.
   */
  respond(data?: Payload, options?: RespondOptions): void {
    if (this.#replyEnd === this.#replyStart) {
      const message = `the message on "${this.subject}" asks for no response`;
      throw new ArgumentError("MESSAGE_WITHOUT_REPLY", message, { subject: this.subject });
    }
    this.#context.respond(this.#bytes, this.#replyStart, this.#replyEnd, data, options);
  }

  // REQ-06
  /** Whether this is the server's word that nobody listens. @internal */
  get isNoResponders(): boolean {
    return this.size === 0 && isNoRespondersStatus(this.#bytes, this.#headersStart, this.#payloadStart);
  }

  /** The code of an inline status, which only servers send, read from the bytes; undefined if there is none. @internal */
  get statusCode(): number | undefined {
    return inlineStatus(this.#bytes, this.#headersStart, this.#payloadStart);
  }

  // JS-PULL-13
  /** Bytes of subject, reply, headers and payload together. @internal */
  get wireSize(): number {
    const subject = this.#subjectEnd - this.#subjectStart;
    return subject + this.#replyEnd - this.#replyStart + this.#payloadEnd - this.#headersStart;
  }

  /** What `read` makes of the reply subject's bytes, which are none if there is none. @internal */
  readReply<R>(read: (bytes: Uint8Array, start: number, end: number) => R): R {
    return read(this.#bytes, this.#replyStart, this.#replyEnd);
  }

  /** What `read` makes of the bytes of the headers, which are none if there are none. @internal */
  readHeaders<R>(read: (bytes: Uint8Array, start: number, end: number) => R): R {
    return read(this.#bytes, this.#headersStart, this.#payloadStart);
  }

  /** The headers as they came, also if they can't be read; undefined if there are none. @internal */
  get headerBlock(): Uint8Array | undefined {
    if (this.#headersStart === this.#payloadStart) return undefined;
    return this.#bytes.subarray(this.#headersStart, this.#payloadStart);
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { subject, reply, size, headers, data } = this;
    const facts = { subject, reply, headers, size, data: size === 0 ? undefined : preview(data) };
    return inspected("Message", facts, depth, options, inspect);
  }

  #decodeHeaders(): MessageHeaders | null {
    const faults: string[] = [];
    const onFault = (reason: string): void => void faults.push(reason);
    const headers = MessageHeaders.decode(this.#bytes, this.#headersStart, this.#payloadStart, onFault);
    if (faults.length === 0) return headers;
    const { subject } = this;
    const message = `headers of a message on "${subject}" can't be read: ${listed(faults)}`;
    this.#context.reportError(new ProtocolError("MALFORMED_HEADERS", message, { subject }));
    return headers.size === 0 ? null : headers;
  }
}

/** Whether `value` was received, by this copy of the package or another. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === true;
}

/** So many faults of one message are told in full. */
const FAULTS_TOLD = 3;

function listed(faults: readonly string[]): string {
  const rest = faults.length - FAULTS_TOLD;
  return faults.slice(0, FAULTS_TOLD).join("; ") + (rest > 0 ? `; and ${rest} more` : "");
}

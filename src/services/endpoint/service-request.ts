import { isNatsError } from "../../core/errors.ts";
import { INSPECT, type Inspect, inspected } from "../../core/inspect.ts";
import type { Message, Payload, RespondOptions } from "../../core/message.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { json } from "../../core/values/codecs.ts";
import type { Schema } from "../../core/values/schema.ts";
import { readValue } from "../../core/values/values.ts";
import { alreadyResponded } from "../failures.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a request needs of the endpoint that it came to. */
export interface RequestHost {
  readonly endpoint: Endpoint;
  /** Reads requests. */
  readonly schema: Schema | undefined;
  /** Aborts when the endpoint ends before the request is answered. */
  newInterruption(): AbortController;
}

const UNREAD = Symbol("unread");
const JSON_CODEC = json();

/** A request to an endpoint. Its parts are read from the received bytes when asked for. */
export class ServiceRequest<T = unknown> {
  readonly #message: Message;
  readonly #host: RequestHost;
  #hasResponded = false;
  #isOver = false;
  #value: unknown = UNREAD;
  #interruption: AbortController | undefined;
  #payloadFault: unknown;

  /** @internal */
  constructor(message: Message, host: RequestHost) {
    this.#message = message;
    this.#host = host;
  }

  /** The endpoint that it came to. */
  get endpoint(): Endpoint {
    return this.#host.endpoint;
  }

  /** Aborts when the time for stopping the service, or for removing the endpoint, is up; and when the connection closes. */
  get signal(): AbortSignal {
    // Nothing interrupts a request that is over.
    return (this.#interruption ??= this.#isOver ? new AbortController() : this.#host.newInterruption())
      .signal;
  }

  /** The subject that it was sent to. */
  get subject(): string {
    return this.#message.subject;
  }

  /** The headers; undefined if there are none. */
  get headers(): MessageHeaders | undefined {
    return this.#message.headers;
  }

  /** The payload. */
  get data(): Uint8Array {
    return this.#message.data;
  }

  /** The size of the payload in bytes. */
  get size(): number {
    return this.#message.size;
  }

  /** The payload as text; bytes that are not UTF-8 become the replacement character. */
  string(): string {
    return this.#message.string();
  }

  /**
   * The payload parsed as JSON, with the reviver of `JSON.parse`. Throws `INVALID_JSON`. If the handler does not catch that, the
   * request is answered with 400.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for the shape, as everywhere in TypeScript
  json<U = unknown>(reviver?: (key: string, value: unknown) => unknown): U {
    return this.#read(() => this.#message.json<U>(reviver));
  }

  /**
   * The payload as the endpoint's schema reads it; as JSON if there is none. Throws `INVALID_VALUE`. If the handler does not catch
   * that, the request is answered with 400.
   */
  get value(): T {
    if (this.#value === UNREAD) {
      this.#value = this.#read(() => {
        const { data, subject } = this.#message;
        return readValue(this.#host.schema ?? JSON_CODEC, data, { subject });
      });
    }
    return this.#value as T;
  }

  /**
   * Answers at once, or with headers, in place of what the handler returns.
   *
   * Throws `ALREADY_RESPONDED`, `MESSAGE_WITHOUT_REPLY` if the sender asks for no answer, and what a publish throws.
   */
  respond(data?: Payload, options?: RespondOptions): void {
    if (this.#hasResponded) throw alreadyResponded(this.subject);
    this.#message.respond(data, options);
    this.#hasResponded = true;
  }

  /** @internal */
  get hasResponded(): boolean {
    return this.#hasResponded;
  }

  /** Whether somebody waits for an answer. @internal */
  get isAsking(): boolean {
    return this.#message.readReply((_bytes, start, end) => end > start);
  }

  /** Whether the handler failed because it can't read the payload. @internal */
  isPayloadFault(thrown: unknown): boolean {
    return this.#payloadFault !== undefined && thrown === this.#payloadFault;
  }

  /** The request is handled. Returns the controller of {@link signal}, if there is one. @internal */
  end(): AbortController | undefined {
    this.#isOver = true;
    return this.#interruption;
  }

  /** @internal */
  get message(): Message {
    return this.#message;
  }

  /** @internal */
  [INSPECT](depth: number, options: object, inspect?: Inspect): unknown {
    const { subject, headers, size } = this;
    const facts = { endpoint: this.endpoint.name, subject, headers, size };
    return inspected("ServiceRequest", facts, depth, options, inspect);
  }

  #read<R>(read: () => R): R {
    try {
      return read();
    } catch (thrown) {
      const isOfPayload = isNatsError(thrown, "INVALID_JSON") || isNatsError(thrown, "INVALID_VALUE");
      if (isOfPayload) this.#payloadFault = thrown;
      throw thrown;
    }
  }
}

export function isRequest(value: unknown): value is ServiceRequest {
  return value instanceof ServiceRequest;
}

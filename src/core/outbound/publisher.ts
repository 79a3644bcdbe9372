import type { Checked, PublishOptions } from "../call-options.ts";
import { ArgumentError, type NatsError } from "../errors.ts";
import type { Payload } from "../message.ts";
import { encodeHeaders, type MessageHeaders } from "../protocol/headers.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { checkPublishSubject } from "../protocol/subject.ts";
import { readText, utf8Length } from "../protocol/text.ts";
import { closedError, drainingError } from "../failures.ts";
import type { Outbox } from "./outbox.ts";
import type { InnerState } from "../connection/state.ts";

/** What publishing asks of the connection's life. */
export interface PublisherHost {
  readonly state: InnerState;
  readonly info: ServerInfo | undefined;
}

/** Finds out whether a message can be published, and puts it into the outbox; nothing is written of one that can't. */
export class Publisher {
  readonly #outbox: Outbox;
  readonly #host: PublisherHost;
  /** The subject that was found valid last: most applications publish to the same few in a row. */
  #validSubject = "_";

  constructor(outbox: Outbox, host: PublisherHost) {
    this.#outbox = outbox;
    this.#host = host;
  }

  /** The options are checked. */
  publish(subject: string, payload: Payload, options: Checked<PublishOptions> | undefined): void {
    const size = this.#checkPayload(subject, payload);
    if (options === undefined) {
      if (!this.#isPublishable(size)) throw this.#refusal(subject, size);
      this.#outbox.publish(subject, undefined, undefined, payload, size);
      return;
    }
    const { reply, headers } = options;
    if (reply !== undefined) checkPublishSubject(reply, "reply");
    const block = this.encodeHeaders(subject, headers);
    this.#checkPublishable(subject, size, block);
    this.#outbox.publish(subject, reply, block, payload, size);
  }

  /** Throws if this could not be published now; else returns the size of the payload, with which {@link send} takes it. */
  check(subject: string, payload: Payload, block: Uint8Array | undefined): number {
    const size = this.#checkPayload(subject, payload);
    this.#checkPublishable(subject, size, block);
    return size;
  }

  /** Publishes what was checked in this turn; returns its position, or 0 if it was dropped by choice. */
  send(
    subject: string,
    reply: string | Uint8Array,
    block: Uint8Array | undefined,
    payload: Payload,
    size: number,
  ): number {
    return this.#outbox.publish(subject, reply, block, payload, size) ? this.#outbox.lastPosition : 0;
  }

  /** Whether the message at this position has been given to a transport. */
  isHandedOver(position: number): boolean {
    return this.#outbox.isHandedOver(position);
  }

  /** The message at this position is not to be sent, unless it has been handed over. */
  withdraw(position: number): void {
    this.#outbox.withdraw(position);
  }

  /** Publishes to a subject that lies in received bytes. */
  respond(bytes: Uint8Array, start: number, end: number, payload: Payload): void {
    const size = payloadSize(payload);
    // The subject becomes a string for the sake of an error only.
    if (size === INVALID_SIZE) throw invalidPayload(readText(bytes, start, end), payload);
    if (!this.#isPublishable(size)) throw this.#refusal(readText(bytes, start, end), size);
    this.#outbox.publishTo(bytes, start, end, payload, size);
  }

  /** PUB-01: a wrong argument is told before a wrong state. Returns the size of the payload. */
  #checkPayload(subject: string, payload: Payload): number {
    if (subject !== this.#validSubject) {
      checkPublishSubject(subject);
      this.#validSubject = subject;
    }
    const size = payloadSize(payload);
    if (size === INVALID_SIZE) throw invalidPayload(subject, payload);
    return size;
  }

  #checkPublishable(subject: string, size: number, block: Uint8Array | undefined): void {
    const total = block === undefined ? size : size + block.length;
    if (!this.#isPublishable(total)) throw this.#refusal(subject, total);
  }

  #isPublishable(size: number): boolean {
    const { state } = this.#host;
    return state !== "closed" && state !== "flushing" && size <= this.#maxPayload;
  }

  /** CONN-15: before the first INFO the usual limit is assumed, for a larger message could be lost in silence. */
  get #maxPayload(): number {
    const { info } = this.#host;
    return info === undefined ? USUAL_MAX_PAYLOAD : (info.maxPayload ?? Infinity);
  }

  /** Why a message of `size` bytes can't be published now. */
  #refusal(subject: string, size: number): NatsError {
    const { state } = this.#host;
    if (state === "closed") return closedError({ subject });
    if (state === "flushing") return drainingError(subject);
    return tooLarge(subject, size, this.#maxPayload);
  }

  /** Throws `HEADERS_NOT_SUPPORTED`; undefined if there are none. */
  encodeHeaders(subject: string, headers: MessageHeaders | undefined): Uint8Array | undefined {
    if (headers === undefined || headers.size === 0) return undefined;
    // CONN-16: before the first INFO nobody knows; all servers since 2.2 take them.
    const { info } = this.#host;
    if (info !== undefined && !info.headers) {
      const message = `can't publish headers to "${subject}": the server does not support them`;
      throw new ArgumentError("HEADERS_NOT_SUPPORTED", message, { subject });
    }
    return encodeHeaders(headers);
  }
}

/** What nats-server takes unless it is configured otherwise. */
const USUAL_MAX_PAYLOAD = 1024 * 1024;

const INVALID_SIZE = -1;

/** The size of a payload in bytes. */
function payloadSize(payload: Payload): number {
  if (payload === undefined) return 0;
  if (typeof payload === "string") return utf8Length(payload);
  return payload instanceof Uint8Array ? payload.length : INVALID_SIZE;
}

function invalidPayload(subject: string, payload: unknown): ArgumentError {
  const given = payload === null ? "null" : typeof payload;
  const message = `the payload must be a string, a Uint8Array or undefined, not ${given}`;
  return new ArgumentError("INVALID_PAYLOAD", message, { subject, argument: "data" });
}

function tooLarge(subject: string, size: number, maxPayload: number): ArgumentError {
  const message = `the message of ${size} bytes, headers included, is larger than the server takes (${maxPayload})`;
  return new ArgumentError("MAX_PAYLOAD_EXCEEDED", message, { subject });
}

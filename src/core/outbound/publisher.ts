import type { Checked, PublishOptions } from "../call-options.ts";
import type { NatsError } from "../errors.ts";
import { closedError, drainingError } from "../failures.ts";
import type { Payload } from "../message.ts";
import type { ControlLine } from "../protocol/control-line.ts";
import { HeaderBlocks } from "../protocol/header-blocks.ts";
import type { MessageHeaders } from "../protocol/headers.ts";
import type { LineLimit } from "../protocol/line-limit.ts";
import { checkPublishSubject, MAX_SUBJECT_LENGTH } from "../protocol/subject.ts";
import { readText, utf8Length } from "../protocol/text.ts";
import { ControlLines } from "./control-lines.ts";
import type { Outbox } from "./outbox.ts";
import { checkPayload } from "./payload.ts";
import type { PublishLimits } from "./publish-limits.ts";
import { headersRefused, tooLarge } from "./publish-errors.ts";

/** Finds out whether a message can be published, and puts it into the outbox; nothing is written of one that can't. */
export class Publisher {
  readonly #outbox: Outbox;
  readonly #limits: PublishLimits;
  readonly #lineLimit: LineLimit;
  readonly #replySize: number;
  readonly #lines = new ControlLines();
  readonly #blocks = new HeaderBlocks();

  /** `replySize` is the bytes of the reply subjects of requests. */
  constructor(outbox: Outbox, replySize = 0) {
    this.#outbox = outbox;
    this.#limits = outbox.publishLimits;
    this.#lineLimit = this.#limits.lines;
    this.#replySize = replySize;
  }

  /** The options are checked. */
  publish(subject: string, payload: Payload, options: Checked<PublishOptions> | undefined): void {
    // PUB-01: a wrong argument is told before a wrong state.
    const line = this.#lines.of(subject);
    checkPayload(payload, subject);
    if (options === undefined) {
      if (this.#isLong(subject.length)) this.#checkLine(line, 0, undefined, payload);
      this.#checkSize(subject, payload, undefined);
      this.#outbox.publish(line, undefined, undefined, payload);
      return;
    }
    const { reply, headers } = options;
    if (reply !== undefined) checkPublishSubject(reply, "reply");
    const block = this.encodeHeaders(subject, headers);
    if (this.#isLong(subject.length + (reply?.length ?? 0)))
      this.#checkLine(line, utf8Length(reply ?? ""), block, payload);
    this.#checkSize(subject, payload, block);
    this.#outbox.publish(line, reply, block, payload);
  }

  /** See {@link ControlLines.admit}. */
  admit(subject: string): void {
    this.#lines.admit(subject);
  }

  /** Throws if this could not be published now, with a reply subject of so many bytes; else {@link send} takes it. */
  check(
    subject: string,
    payload: Payload,
    block: Uint8Array | undefined,
    replySize: number = this.#replySize,
  ): void {
    const line = this.#lines.of(subject);
    checkPayload(payload, subject);
    if (this.#isLong(subject.length + replySize)) this.#checkLine(line, replySize, block, payload);
    this.#checkSize(subject, payload, block);
  }

  /** Publishes what was checked in this turn; returns its position, or 0 if it was dropped by choice. */
  send(subject: string, reply: string | Uint8Array, block: Uint8Array | undefined, payload: Payload): number {
    return this.#outbox.publish(this.#lines.of(subject), reply, block, payload)
      ? this.#outbox.lastPosition
      : 0;
  }

  /** Whether the message at this position has been given to a transport. */
  isHandedOver(position: number): boolean {
    return this.#outbox.isHandedOver(position);
  }

  /** The message at this position is not to be sent, unless it has been handed over. */
  withdraw(position: number): void {
    this.#outbox.withdraw(position);
  }

  /** Publishes with headers as they came, also such as can't be read. */
  forward(
    subject: string,
    payload: Uint8Array,
    block: Uint8Array | undefined,
    reply: string | undefined,
  ): void {
    const line = this.#lines.of(subject);
    if (reply !== undefined) checkPublishSubject(reply, "reply");
    if (block !== undefined && !this.#limits.takesHeaders) throw headersRefused(subject);
    if (this.#isLong(subject.length + (reply?.length ?? 0)))
      this.#checkLine(line, utf8Length(reply ?? ""), block, payload);
    this.#checkSize(subject, payload, block);
    this.#outbox.publish(line, reply, block, payload);
  }

  /** Publishes to a subject that lies in received bytes. */
  respond(bytes: Uint8Array, start: number, end: number, payload: Payload): void {
    const subject = (): string => readText(bytes, start, end);
    checkPayload(payload, subject);
    // The subject becomes a string for the sake of an error only, or if it is a long one.
    if (!this.#lineLimit.isUsual(end - start)) {
      if (end - start > MAX_SUBJECT_LENGTH) checkPublishSubject(subject(), "reply");
      this.#checkText(end - start, subject(), undefined, payload);
    }
    if (!this.#fits(payload, undefined)) throw this.#refusal(subject(), payload, undefined);
    this.#outbox.publishTo(bytes, start, end, payload);
  }

  /** Whether text of so many characters may make a line too long, or one that is to be noted. */
  #isLong(characters: number): boolean {
    return characters > this.#lineLimit.short;
  }

  /** Throws `CONTROL_LINE_TOO_LONG`; `replySize` is 0 without a reply subject. */
  #checkLine(line: ControlLine, replySize: number, block: Uint8Array | undefined, payload: Payload): void {
    const text = line.subjectSize + (replySize > 0 ? 1 + replySize : 0);
    if (!this.#lineLimit.isUsual(text)) this.#checkText(text, line.subject, block, payload);
  }

  // <subject> [reply-to ][#header bytes ]<#total bytes>
  #checkText(text: number, subject: string, block: Uint8Array | undefined, payload: Payload): void {
    const sizes = block === undefined ? "" : `${block.length} `;
    this.#lineLimit.check(text + ` ${sizes}${totalSize(payload, block)}`.length, subject);
  }

  #checkSize(subject: string, payload: Payload, block: Uint8Array | undefined): void {
    if (!this.#fits(payload, block)) throw this.#refusal(subject, payload, block);
  }

  #fits(payload: Payload, block: Uint8Array | undefined): boolean {
    const { largest } = this.#limits;
    const size = (payload === undefined ? 0 : payload.length) + (block === undefined ? 0 : block.length);
    if (typeof payload !== "string") return size <= largest;
    // To count the bytes of a text takes longer than to write it: only one that may be too large is counted.
    return size + 2 * payload.length <= largest || (size <= largest && totalSize(payload, block) <= largest);
  }

  /** Why a message can't be published now. */
  #refusal(subject: string, payload: Payload, block: Uint8Array | undefined): NatsError {
    const { end, maxPayload } = this.#limits;
    if (end === "closed") return closedError({ subject });
    if (end === "draining") return drainingError(subject);
    return tooLarge(subject, totalSize(payload, block), maxPayload);
  }

  /** Throws `HEADERS_NOT_SUPPORTED`; undefined if there are none. */
  encodeHeaders(subject: string, headers: MessageHeaders | undefined): Uint8Array | undefined {
    if (headers === undefined || headers.size === 0) return undefined;
    if (!this.#limits.takesHeaders) throw headersRefused(subject);
    return this.#blocks.encode(headers);
  }

  /** As {@link encodeHeaders}, of one header that is valid. */
  encodeHeader(subject: string, name: string, value: string): Uint8Array {
    if (!this.#limits.takesHeaders) throw headersRefused(subject);
    return this.#blocks.encodeOne(name, value);
  }
}

function totalSize(payload: Payload, block: Uint8Array | undefined): number {
  const size = typeof payload === "string" ? utf8Length(payload) : (payload?.length ?? 0);
  return size + (block?.length ?? 0);
}

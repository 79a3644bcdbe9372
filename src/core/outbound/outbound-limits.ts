import { ConnectionError } from "../errors.ts";
import type { Payload } from "../message.ts";
import type { WhileDisconnected } from "../connect-options.ts";
import { utf8Length } from "../protocol/text.ts";
import type { Counters } from "../statistics.ts";

export interface OutboundOptions {
  readonly whileDisconnected: WhileDisconnected;
  readonly reconnectBufferSize: number;
  readonly highWaterMark: number;
  readonly maxPendingBytes: number;
  readonly maxControlLine: number;
}

/** Why a message is not taken: a limit, or the choice made for the time without a link. */
export type Refusal = "maxPendingBytes" | "reconnectBufferSize" | "throw" | "drop";

/** How much may wait to be sent, with a link that takes nothing more just now, and without one. */
export class OutboundLimits {
  readonly #options: OutboundOptions;
  readonly #counters: Counters;

  constructor(options: OutboundOptions, counters: Counters) {
    this.#options = options;
    this.#counters = counters;
  }

  /** Why a message can't come in while `pendingBytes` wait; undefined if it can. */
  refusal(
    hasLink: boolean,
    pendingBytes: number,
    block: Uint8Array | undefined,
    payload: Payload,
  ): Refusal | undefined {
    const { whileDisconnected, reconnectBufferSize, maxPendingBytes } = this.#options;
    if (hasLink) {
      const size = typeof payload === "string" ? utf8Length(payload) : (payload?.length ?? 0);
      return pendingBytes + size + (block?.length ?? 0) > maxPendingBytes ? "maxPendingBytes" : undefined;
    }
    if (whileDisconnected !== "buffer") return whileDisconnected;
    // BUF-04: tested before the message is added, so the last one may go over the limit.
    return pendingBytes >= reconnectBufferSize ? "reconnectBufferSize" : undefined;
  }

  /** Whether whoever publishes much should go on while `pendingBytes` wait. */
  isReady(hasLink: boolean, pendingBytes: number): boolean {
    const { whileDisconnected, reconnectBufferSize, highWaterMark } = this.#options;
    if (hasLink) return pendingBytes <= highWaterMark;
    return whileDisconnected !== "buffer" || pendingBytes < reconnectBufferSize;
  }

  /** Counts a message that is dropped by choice, or throws `OUTBOUND_LIMIT_EXCEEDED` or `DISCONNECTED`. */
  refuse(refusal: Refusal, pendingBytes: number, subject: string): false {
    if (refusal !== "drop") throw this.#error(refusal, pendingBytes, subject);
    this.#counters.outDropped++;
    return false;
  }

  /** What the publish of a message that is not taken throws. */
  #error(refusal: Exclude<Refusal, "drop">, pendingBytes: number, subject: string): ConnectionError {
    if (refusal === "throw") {
      return new ConnectionError("DISCONNECTED", "there is no link to a server", { subject, sent: false });
    }
    const limit = this.#options[refusal];
    const message = `the message does not fit: ${pendingBytes} bytes wait to be sent, the limit (${refusal}) is ${limit}`;
    return new ConnectionError("OUTBOUND_LIMIT_EXCEEDED", message, {
      subject,
      argument: refusal,
      sent: false,
    });
  }
}

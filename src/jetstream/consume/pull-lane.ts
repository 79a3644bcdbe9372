import type { BarrierEnd } from "../../core/barrier.ts";
import type { Connection } from "../../core/connection/connection.ts";
import { type Inlet, type InletListener, openInlet } from "../../core/delivery/inlet.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { WaitLimits } from "../../core/waiter.ts";
import type { PullStatus } from "./engine/pull-engine-types.ts";

/** What a {@link PullLane} tells whoever pulls by it. */
export interface PullLaneListener {
  onMessage(message: Message, lane: PullLane): void;
  onStatus(pull: number, status: PullStatus, lane: PullLane): void;
  /** Its link is lost or left, and another one is there. */
  onLinkLeft(lane: PullLane): void;
  /** The server forbids what it needs. */
  onDenied(error: NatsError): void;
}

/**
 * Where pulls are answered: one subscription with a reply subject for each pull, so that a status tells which pull it is
 * about. It ends with its link; what a server was asked for before that has then no way to come.
 */
export class PullLane implements InletListener {
  /** By which the engine in use knows it. */
  generation = 0;
  listener: PullLaneListener | undefined;
  readonly #connection: Connection;
  readonly #inbox: string;
  readonly #inlet: Inlet;

  /** Throws `CONNECTION_CLOSED` or `CONNECTION_DRAINING`. */
  constructor(connection: Connection) {
    this.#connection = connection;
    this.#inbox = connection.newInbox();
    this.#inlet = openInlet(`${this.#inbox}.*`, this, connection.foundation);
  }

  /** Whether a server knows of it. */
  get isOpen(): boolean {
    return this.#inlet.isOpen && this.#connection.server !== undefined;
  }

  /** Where pull number `pull` is answered. */
  replyOf(pull: number): string {
    return `${this.#inbox}.${pull}`;
  }

  /** Ends it; what is on its way still comes, and it resolves, never rejects, when that has, or is given up. */
  close(limits: WaitLimits = {}): Promise<BarrierEnd> {
    return this.#inlet.close(limits);
  }

  onMessage(message: Message): void {
    try {
      this.listener?.onMessage(message, this);
    } catch (thrown) {
      // Anybody can publish to this subject, and what is no message of a consumer ends nothing.
      if (!isNatsError(thrown, "NOT_A_JETSTREAM_MESSAGE")) throw thrown;
      this.#connection.foundation.report(thrown);
    }
  }

  onStatus(message: Message): void {
    const { headers, subject } = message;
    const pull = Number(subject.slice(subject.lastIndexOf(".") + 1));
    this.listener?.onStatus(
      pull,
      {
        code: headers?.status ?? 0,
        text: headers?.description ?? "",
        pendingMessages: numberIn(headers?.get("Nats-Pending-Messages")),
        pendingBytes: numberIn(headers?.get("Nats-Pending-Bytes")),
        lastConsumer: numberIn(headers?.get("Nats-Last-Consumer")),
      },
      this,
    );
  }

  onLinkLeft(): void {
    this.listener?.onLinkLeft(this);
  }

  onDenied(error: NatsError): void {
    this.listener?.onDenied(error);
  }

  onClosed(): void {
    // Whoever hands messages out is told by the connection.
  }
}

function numberIn(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || !Number.isSafeInteger(value) ? undefined : value;
}

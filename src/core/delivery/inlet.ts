import type { BarrierEnd } from "../barrier.ts";
import type { ConnectionError, PermissionError } from "../errors.ts";
import { Message, type MessageContext } from "../message.ts";
import type { MessageFrame } from "../protocol/decoder.ts";
import { inlineStatus } from "../protocol/headers.ts";
import type { WaitLimits } from "../waiter.ts";
import type { Interest, SubscriptionTable } from "./subscription-table.ts";

/** Who takes what comes by an {@link Inlet}, on the decoder's stack: it must not throw. */
export interface InletListener {
  onMessage(message: Message): void;
  /** The server's word: a message without payload, and with a status in the first line of its headers. */
  onStatus(message: Message): void;
  /** The server forbids the subject, and nothing will come; or it forbids to publish somewhere: `error` tells. */
  onDenied(error: PermissionError): void;
  /** The link that it was made on is lost or left, and the next one is there: nothing more comes. */
  onLinkLeft(): void;
  /** The connection is closed. */
  onClosed(error: ConnectionError): void;
}

/** What inlets need of the connection. */
export interface InletHost {
  readonly table: SubscriptionTable;
  readonly context: MessageContext;
  /** Throws if the connection takes no new subscriptions. */
  checkOpen(subject: string): void;
  barrier(limits: WaitLimits): Promise<BarrierEnd>;
  /** Tells of each subject that the server refuses, until what this returns is called. */
  onDenial(listener: (error: PermissionError) => void): () => void;
}

/** Subscribes for as long as this link lasts. Throws as `subscribe` does. */
export function openInlet(subject: string, listener: InletListener, host: InletHost): Inlet {
  host.table.check(subject);
  host.checkOpen(subject);
  const inlet = new Inlet(subject, listener, host);
  host.table.add(inlet);
  return inlet;
}

/**
 * A subscription of the library's own, for what a server was asked to send: it ends with the link that it was made on, so
 * that the next server sends nothing that the last one was asked for. Nothing is queued here.
 */
export class Inlet implements Interest {
  readonly sid: number;
  readonly subject: string;
  readonly queue = undefined;
  readonly remaining = undefined;
  readonly takesReplies = false;
  readonly endsWithLink = true;
  readonly #host: InletHost;
  readonly #listener: InletListener;
  readonly #stopHearing: () => void;
  #state: "open" | "closing" | "closed" = "open";

  constructor(subject: string, listener: InletListener, host: InletHost) {
    this.sid = host.table.nextSid();
    this.subject = subject;
    this.#listener = listener;
    this.#host = host;
    this.#stopHearing = host.onDenial((error) => this.#onDenial(error));
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Nothing more comes, at once; the server is not told: it is gone, or another one. */
  forget(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#host.table.remove(this);
    this.#stopHearing();
  }

  /**
   * Tells the server to send no more. What is on its way still comes; resolves, never rejects, when it has, or when that is
   * given up.
   */
  async close(limits: WaitLimits = {}): Promise<BarrierEnd> {
    if (this.#state !== "open") return "reached";
    this.#state = "closing";
    this.#host.table.stop(this.sid);
    const end = await this.#host.barrier(limits);
    this.forget();
    return end;
  }

  receive(frame: MessageFrame): void {
    const { bytes, headersStart, payloadStart, payloadEnd } = frame;
    const message = Message.of(this.#host.context, frame);
    if (payloadStart === payloadEnd && inlineStatus(bytes, headersStart, payloadStart) !== undefined) {
      this.#listener.onStatus(message);
    } else {
      this.#listener.onMessage(message);
    }
  }

  /** What the server sends may have been asked for where it forbids to publish: the listener judges. */
  #onDenial(error: PermissionError): void {
    if (error.code !== "PUBLISH_DENIED" && error.subject !== this.subject) return;
    if (error.code === "SUBSCRIBE_DENIED") this.forget();
    this.#listener.onDenied(error);
  }

  onRestored(): void {
    // No other server is told of it.
  }

  onLinkLeft(): void {
    this.forget();
    this.#listener.onLinkLeft();
  }

  unpin(): void {
    // Nothing is queued here.
  }

  onClosed(error: ConnectionError): void {
    this.forget();
    this.#listener.onClosed(error);
  }
}

import { copyOf, rejection } from "../../core/caller-stack.ts";
import { invalidOption } from "../../core/checks.ts";
import type { Companion } from "../../core/connection/companion.ts";
import type { Connection } from "../../core/connection/connection.ts";
import type { DrainReport } from "../../core/delivery/drain-report.ts";
import { AbortError, type ConnectionError, type NatsError } from "../../core/errors.ts";
import type { AbortListener, AbortSource } from "../../core/shared-signal.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { StoredMessage } from "../message/stored-message.ts";
import { askedByFetch } from "./fetch.ts";
import type { NextOptions } from "./options.ts";
import type { PullLanes } from "./pull-lanes.ts";
import { checkNextOptions } from "./pull-options.ts";
import { PullSource } from "./pull-source.ts";
import type { PulledConsumer } from "./pulled-consumer.ts";
import type { Source, SourceEnd, SourceListener } from "./source.ts";

/** `Consumer.next`. */
export async function next<T>(
  consumer: PulledConsumer,
  lanes: PullLanes,
  given: NextOptions,
): Promise<JetStreamMessage<T> | undefined> {
  const { ack, ...options } = checkNextOptions(given);
  if (ack !== undefined) checkOwn(consumer, ack);
  const { connection, timeout } = consumer.context;
  const asked = askedByFetch({ ...options, maxMessages: 1 }, timeout);
  const source = new PullSource(consumer, { asked, needsFacts: false, lanes, acked: ack });
  const signal = options.signal === undefined ? undefined : connection.foundation.signals.of(options.signal);
  // What the message's value is is the handle's word.
  return (await new OneMessage<JetStreamMessage>(source, connection, signal).promise) as
    | JetStreamMessage<T>
    | undefined;
}

function checkOwn({ stream, name }: PulledConsumer, message: JetStreamMessage): void {
  if (message.stream === stream && message.consumer === name) return;
  throw invalidOption("ack", `it must be a message of the consumer "${name}", not of "${message.consumer}"`);
}

/** The first message of a source that has one at most. */
export class OneMessage<M extends StoredMessage> implements SourceListener<M>, AbortListener, Companion {
  readonly promise: Promise<M | undefined>;
  readonly #source: Source<M>;
  readonly #signal: AbortSource | undefined;
  readonly #leaveConnection: () => void;
  #resolve!: (outcome: M | undefined | Promise<never>) => void;
  #message: M | undefined;

  constructor(source: Source<M>, connection: Connection, signal: AbortSource | undefined) {
    this.#source = source;
    this.#signal = signal;
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#leaveConnection = connection.foundation.join(this);
    if (signal?.aborted === true) {
      this.handleEvent();
      return;
    }
    signal?.addEventListener("abort", this);
    source.start(this);
  }

  onMessage(message: M): void {
    if (this.#message !== undefined) {
      this.#source.giveBack(message);
      return;
    }
    this.#message = message;
    this.#source.taken(message);
  }

  onEvent(): void {
    // What fails is told by the end.
  }

  onEnd({ error }: SourceEnd): void {
    if (this.#message !== undefined) this.#settle(this.#message);
    else if (error === undefined) this.#settle(undefined);
    else this.#fail(error);
  }

  /** Its signal aborts. */
  handleEvent(): void {
    const cause: unknown = this.#signal?.reason;
    this.#fail(new AbortError("aborted while waiting for a message of a consumer", { cause }));
    void this.#source.stop();
  }

  /** The connection drains: there is nothing to be handed out, and no more is waited for. */
  async drain(): Promise<DrainReport> {
    await this.#source.stop();
    return { handled: 0, abandoned: 0, timedOut: false, complete: true };
  }

  onClosed(error: ConnectionError): void {
    this.#fail(error);
    void this.#source.stop();
  }

  #fail(error: NatsError): void {
    this.#settle(rejection(copyOf(error)));
  }

  #settle(outcome: M | undefined | Promise<never>): void {
    this.#signal?.removeEventListener("abort", this);
    this.#leaveConnection();
    this.#resolve(outcome);
  }
}

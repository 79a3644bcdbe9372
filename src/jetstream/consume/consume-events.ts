import { type ChannelListener, EventChannel } from "../../core/connection/event-channel.ts";
import { type NatsError, SubscriptionError, toError } from "../../core/errors.ts";
import { LastingTrouble, stillFailing } from "../lasting-trouble.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { ConsumeEvent } from "./events.ts";

/** The names of events, as `on` takes them. */
export type ConsumeEventType = ConsumeEvent["type"];

/** Hears events; a promise that it returns is awaited before the next event. */
export type ConsumeEventListener<K extends ConsumeEventType> = ChannelListener<ConsumeEvent, K>;

const TYPES: Readonly<Record<ConsumeEventType, true>> = {
  heartbeatsMissed: true,
  retrying: true,
  recovered: true,
  missing: true,
  reset: true,
  limited: true,
  stale: true,
  handlerError: true,
  pinned: true,
  unpinned: true,
  status: true,
  gap: true,
  slowConsumer: true,
  slowConsumerEnded: true,
  missed: true,
};

/** The events of one consume, work or watch. */
export class ConsumeEvents extends EventChannel<ConsumeEvent> {
  #trouble: NatsError | undefined;

  /** `report` takes a failure that nobody hears, or that is a listener's own. */
  constructor(stream: string, report: (error: NatsError) => void) {
    const trouble = new LastingTrouble();
    super(TYPES, {
      onUnheard: (event) => {
        if (event.type === "handlerError") report(event.error);
        if (event.type !== "retrying" || !trouble.isNews(event)) return;
        report(stillFailing(`reading the stream "${stream}"`, event.error, event, { stream }));
      },
      onFailure: report,
    });
  }

  /** What keeps messages from coming; undefined if nothing is known to. */
  get trouble(): NatsError | undefined {
    return this.#trouble;
  }

  override emit(event: ConsumeEvent): void {
    if (event.type === "retrying") this.#trouble = event.error;
    else if (event.type === "recovered") this.#trouble = undefined;
    super.emit(event);
  }
}

// JS-PULL-05
/** A callback threw or rejected: the acks of its message are its own business. */
export function callbackFailed(message: JetStreamMessage, thrown: unknown): ConsumeEvent {
  const cause = toError(thrown);
  const { subject } = message;
  const text = `a handler of "${subject}" failed: ${cause.message}`;
  const error = new SubscriptionError("HANDLER_FAILED", text, { subject, cause });
  return { type: "handlerError", message, error, delay: undefined };
}

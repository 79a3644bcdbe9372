import { type ChannelListener, EventChannel } from "../../core/connection/event-channel.ts";
import { type NatsError, SubscriptionError, toError } from "../../core/errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { ConsumeEvent } from "./events.ts";

/** The names of events, as `on` takes them. */
export type ConsumeEventType = ConsumeEvent["type"];

/** Hears events; a promise that it returns is awaited before the next event. */
export type ConsumeEventListener<K extends ConsumeEventType> = ChannelListener<ConsumeEvent, K>;

const TYPES: Readonly<Record<ConsumeEventType, true>> = {
  heartbeatsMissed: true,
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

/** What happens to those who consume. */
export class ConsumeEvents extends EventChannel<ConsumeEvent> {
  /** `report` takes a failure that nobody hears, or that is a listener's own. */
  constructor(report: (error: NatsError) => void) {
    super(TYPES, {
      onUnheard: (event) => {
        if (event.type === "handlerError") report(event.error);
      },
      onFailure: report,
    });
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

import { type ChannelListener, EventChannel } from "../../core/connection/event-channel.ts";
import type { NatsError } from "../../core/errors.ts";
import type { ConsumeEvent } from "./events.ts";

export type ConsumeEventType = ConsumeEvent["type"];

/** Hears events; a promise that it returns is awaited before it hears the next one. */
export type ConsumeListener<K extends ConsumeEventType> = ChannelListener<ConsumeEvent, K>;

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

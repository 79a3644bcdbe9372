import { type ChannelListener, EventChannel } from "../core/connection/event-channel.ts";
import type { NatsError } from "../core/errors.ts";
import type { Endpoint } from "./endpoint/endpoint.ts";
import type { ServiceRequest } from "./endpoint/service-request.ts";
import { overloaded } from "./failures.ts";

/** What a service tells of itself, by `type`. */
export type ServiceEvent =
  /**
   * A request could not be answered as it should: its handler threw or rejected (`HANDLER_FAILED` with the `cause`), it returned
   * something that can't be sent, it answered twice, or the request asks for no answer. The client got an error, if that was possible.
   */
  | {
      readonly type: "handlerError";
      readonly endpoint: Endpoint;
      readonly request: ServiceRequest;
      readonly error: NatsError;
    }
  /**
   * Too many requests wait, and further ones are answered with 503. The event comes with the first of them, and again, with the number
   * of `refused` ones, when that is over.
   */
  | {
      readonly type: "overloaded";
      readonly endpoint: Endpoint;
      readonly refused: number;
      readonly isOver: boolean;
    }
  /** A failure that belongs to no request. If the server forbids an endpoint's subject, the endpoint is gone. */
  | { readonly type: "error"; readonly endpoint: Endpoint | undefined; readonly error: NatsError }
  /** A listener, or a reader of the events, is too slow: it did not get so many events. */
  | { readonly type: "missed"; readonly count: number };

/** The names of events, as `on` takes them. */
export type ServiceEventType = ServiceEvent["type"];

/** Hears events, one at a time: a promise that it returns is awaited before the next event. */
export type ServiceEventListener<K extends ServiceEventType> = ChannelListener<ServiceEvent, K>;

const TYPES: Readonly<Record<ServiceEventType, true>> = {
  handlerError: true,
  overloaded: true,
  error: true,
  missed: true,
};

/** The events of one service. */
export class ServiceEvents extends EventChannel<ServiceEvent> {
  /** `report` gets failures that no listener hears, and those of listeners. */
  constructor(report: (error: NatsError) => void) {
    super(TYPES, {
      onUnheard: (event) => {
        if (event.type === "handlerError" || event.type === "error") report(event.error);
        else if (event.type === "overloaded" && !event.isOver) {
          report(overloaded(event.endpoint.name, event.endpoint.subject));
        }
      },
      onFailure: report,
    });
  }
}

import { type FormerNames, hintAt, shown } from "../checks.ts";
import { ArgumentError, type NatsError } from "../errors.ts";
import type { Subscription } from "../delivery/subscription.ts";
import type { SubscriptionEvent } from "../delivery/subscription-event.ts";
import type { Unsent } from "../outbound/in-transit.ts";
import type { Leftover } from "../outbound/leftover.ts";

/** The events of a connection, by `type`. */
export type ConnectionEvent =
  /**
   * The link to `server` is lost; one event for each outage. Messages that had not been given to the socket are in neither
   * count: they are sent when the link is back. `unsent` was given to the socket, but had not left completely: it may or may
   * not have reached the server, and is not sent again. `unconfirmed` counts messages that had left, of which nobody knows
   * whether the server got them: at most so many are lost. A message counts as confirmed once the server has answered a later
   * PING or a later request. `flush` sends a PING, and while something is unconfirmed so does the connection, every
   * `pingInterval`.
   */
  | {
      readonly type: "disconnected";
      readonly server: string;
      readonly error: NatsError;
      readonly unsent: Unsent;
      readonly unconfirmed: number;
    }
  /**
   * An attempt to restore the link begins, after a pause of `delay` milliseconds. `error` is why the attempt before failed, or
   * why the link was lost.
   */
  | {
      readonly type: "reconnecting";
      readonly attempt: number;
      readonly server: string;
      readonly delay: number;
      readonly error: NatsError;
    }
  /** The link is back: subscriptions are restored, and the `replayed` messages that waited are being sent. */
  | {
      readonly type: "reconnected";
      readonly server: string;
      readonly replayed: number;
      /** Messages dropped in this outage by `whileDisconnected: "drop"`. */
      readonly dropped: number;
      /**
       * Messages that waited, but that this server does not take because they are too large or have headers. For each there is
       * an `error` event, or its request rejects.
       */
      readonly refused: number;
    }
  /**
   * The connection has moved to another server without an outage: see `lameDuck` and `reconnect()`. For `gap` milliseconds
   * neither server knew the subscriptions without a queue group: they have missed what was published then. `refused` is as in
   * `reconnected`.
   */
  | {
      readonly type: "moved";
      readonly from: string;
      readonly server: string;
      readonly gap: number;
      readonly refused: number;
    }
  /**
   * A move did not wait for `server` any longer, because that was too slow. `unconfirmed` messages were sent to it and never
   * confirmed: they may or may not have been processed. `dropped` messages came for subscriptions without a queue group when
   * these were at the next server already. `error` is why the connection gave up waiting; undefined if `server` has sent
   * everything in the end.
   */
  | {
      readonly type: "leftBehind";
      readonly server: string;
      readonly error: NatsError | undefined;
      readonly unconfirmed: number;
      readonly dropped: number;
    }
  /** The connection is closed for good; this is the last event. `error` is the reason; undefined if the application closed it. */
  | { readonly type: "closed"; readonly error: NatsError | undefined; readonly lost: Leftover }
  /**
   * Something failed that belongs to no call: an `-ERR` of the server, headers that can't be read, or a callback's first
   * message that did not come in time. `subscription` is the one that has ended because of it.
   */
  | { readonly type: "error"; readonly error: NatsError; readonly subscription?: Subscription }
  | SubscriptionEvent
  /** The server is about to shut down. */
  | { readonly type: "lameDuck"; readonly server: string }
  /**
   * The cluster has changed: `servers` are new in its list, or are back in it; `left` were in an earlier list and are no
   * longer.
   */
  | { readonly type: "discovered"; readonly servers: readonly string[]; readonly left: readonly string[] }
  /**
   * This listener, or this loop over `events()`, is too slow and has missed `count` more events. It hears of that when it
   * misses the first one, again when it has caught up, and when the connection is closed.
   */
  | { readonly type: "missed"; readonly count: number };

/** The names of events, as `on` takes them. */
export type ConnectionEventType = ConnectionEvent["type"];

/** The event of one type. */
export type EventOf<T extends ConnectionEventType> = Extract<ConnectionEvent, { readonly type: T }>;

/** Hears events, one at a time: a promise that it returns is awaited before the next event. */
export type EventListener<T extends ConnectionEventType> = (event: EventOf<T>) => void | PromiseLike<void>;

// A record, so that the compiler sees to it that no type is missing.
const TYPES: Readonly<Record<ConnectionEventType, true>> = {
  disconnected: true,
  reconnecting: true,
  reconnected: true,
  moved: true,
  leftBehind: true,
  closed: true,
  error: true,
  handlerError: true,
  pendingWarning: true,
  slowConsumer: true,
  slowConsumerEnded: true,
  lameDuck: true,
  discovered: true,
  missed: true,
};

/** Throws `INVALID_OPTION`, with the name that was probably meant. `former` has those of other NATS clients. */
export function checkEventType(type: unknown, former: FormerNames = {}): void {
  if (typeof type === "string" && Object.hasOwn(TYPES, type)) return;
  const name = typeof type === "string" ? type : "";
  const hint = Object.hasOwn(former, name)
    ? `here it is ${former[name]}`
    : hintAt(name, Object.keys(TYPES), "types");
  throw new ArgumentError("INVALID_OPTION", `unknown type of event, ${shown(type)}: ${hint}`, {
    argument: "type",
  });
}

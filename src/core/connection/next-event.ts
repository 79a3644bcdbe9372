import { closedError, closedFor } from "../failures.ts";
import { Waiter, type WaitLimits } from "../waiter.ts";
import type { EventHub } from "./event-hub.ts";
import type { ConnectionEventType, EventOf } from "./events.ts";

/** The next event of a type. Rejects with `TIMEOUT`, `ABORTED`, or `CONNECTION_CLOSED` if none can come any more. */
export async function nextEvent<T extends ConnectionEventType>(
  hub: EventHub,
  type: T,
  limits: WaitLimits,
): Promise<EventOf<T>> {
  if (hub.hasClosed) throw closedError();
  const next = new Waiter<EventOf<T>>(limits, { what: `the event "${type}"` });
  // At once, so that what comes right behind is not taken for heard.
  const stop = (): void => {
    stopHearing();
    stopClosed();
  };
  const stopHearing = hub.on(type, (event) => {
    stop();
    next.resolve(event);
  });
  const stopClosed = hub.overhear("closed", ({ error }) => next.reject(closedFor(error)));
  try {
    return await next.promise;
  } finally {
    stop();
  }
}

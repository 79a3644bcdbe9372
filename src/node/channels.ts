import { channel, tracingChannel } from "node:diagnostics_channel";
import { WatchedCalls } from "../core/connection/watched-calls.ts";
import { isPromiseLike } from "../core/is-promise-like.ts";
import type { Watcher } from "../core/watcher.ts";

// docs/guide/watching.md has their names and what each message holds.
const CONNECT = tracingChannel<unknown, object>("natspeed:connect");
const PUBLISH = tracingChannel<unknown, object>("natspeed:publish");
const REQUEST = tracingChannel<unknown, object>("natspeed:request");
const DELIVER = tracingChannel<unknown, Delivered>("natspeed:deliver");
const DELIVERED = DELIVER.start;
const EVENT = channel("natspeed:event");

type Tracing = typeof DELIVER;

interface Delivered {
  readonly connection: object;
  readonly message: object;
  result?: unknown;
  error?: unknown;
}

/** Tells of connections by `node:diagnostics_channel`. */
export const CHANNELS: Watcher = {
  publishes: PUBLISH.start,
  requests: REQUEST.start,
  calls: (connection, publisher, requests) => new WatchedCalls(CHANNELS, connection, publisher, requests),
  connect: (options, connect) => (isHeard(CONNECT) ? CONNECT.tracePromise(connect, { options }) : connect()),
  publish: (call, publish) => PUBLISH.traceSync(publish, call),
  request: (call, request) => REQUEST.tracePromise(request, call),
  handler: (connection, callback) => (message) =>
    DELIVERED.hasSubscribers
      ? traceEither(DELIVER, { connection, message }, () => callback(message))
      : callback(message),
  event: (connection, event) => {
    if (EVENT.hasSubscribers) EVENT.publish({ connection, event });
  },
};

/** Node before 22 does not say it of all together. */
function isHeard({ start, asyncEnd, error }: typeof CONNECT): boolean {
  return start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers;
}

/** As `traceSync`, and as `tracePromise` if there is a promise: a handler that gives none must not be made to wait. */
function traceEither(
  tracing: Tracing,
  context: Delivered,
  call: () => void | PromiseLike<void>,
): void | PromiseLike<void> {
  return tracing.start.runStores(context, () => {
    try {
      const result = call();
      return isPromiseLike(result) ? traceEnd(tracing, context, result) : result;
    } catch (thrown) {
      context.error = thrown;
      tracing.error.publish(context);
      throw thrown;
    } finally {
      tracing.end.publish(context);
    }
  });
}

function traceEnd(tracing: Tracing, context: Delivered, result: PromiseLike<void>): PromiseLike<void> {
  const end = (): void => {
    tracing.asyncStart.publish(context);
    tracing.asyncEnd.publish(context);
  };
  return result.then(end, (thrown: unknown) => {
    context.error = thrown;
    tracing.error.publish(context);
    end();
    throw thrown;
  });
}

import type { Interest, SubscriptionTable } from "../delivery/subscription-table.ts";
import type { Subscription } from "../delivery/subscription.ts";
import { ArgumentError, type NatsError, PermissionError } from "../errors.ts";
import type { Outbox } from "../outbound/outbox.ts";
import type { ErrorLog } from "./error-log.ts";

/** What a line that a server refuses concerns. */
export interface RefusedLinesHost {
  readonly outbox: Outbox;
  readonly table: SubscriptionTable;
  readonly errors: ErrorLog;
  readonly subscriptions: { fail(sid: number, error: NatsError): Subscription | undefined };
  onDenied(error: PermissionError): unknown;
}

/**
 * A server has ended a link, for a line was longer than it takes; `said` is its word, and lines of `refused` bytes and more
 * are refused there from now on. Subscriptions with such a line end, for they would end the next link too. If there are none
 * it was a message: an error tells what is refused.
 */
export function refuseLines(host: RefusedLinesHost, said: NatsError, refused: number): void {
  const { errors, table } = host;
  const long = [...table].filter((interest) => table.sizeOf(interest) >= refused);
  for (const interest of long) end(host, interest, said);
  if (long.length > 0) return;
  const text = `${said.message}; lines of ${refused} bytes and more are refused from now on while this server is in use`;
  errors.report(new ArgumentError("CONTROL_LINE_TOO_LONG", text, { server: said.server }));
}

function end(host: RefusedLinesHost, interest: Interest, said: NatsError): void {
  const { errors, outbox, subscriptions, table } = host;
  const { sid, subject, queue } = interest;
  const error = outbox.publishLimits.lines.refusal(table.sizeOf(interest), subject);
  error.add({ queue, server: said.server, cause: said });
  const subscription = subscriptions.fail(sid, error);
  if (subscription !== undefined) errors.report(error, subscription);
  // An inbox of the library's own: what waits for something there ends.
  else host.onDenied(new PermissionError("SUBSCRIBE_DENIED", error.message, { subject, cause: error }));
}

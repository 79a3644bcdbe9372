import { isNatsError } from "../errors.ts";
import type { DrainReport, Subscription } from "../delivery/subscription.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";

/** What draining a connection needs of it. */
export interface DrainParts {
  readonly subscriptions: readonly Subscription[];
  /** Resolves when no request waits for a response. */
  requestsSettled(): Promise<void>;
  /** From now on publishing is refused. */
  endPublishing(): void;
  flush(options: WaitOptions): Promise<void>;
  close(): Promise<void>;
}

/** How long the last flush may take; what was published by then has had the whole drain to leave (DRAIN-25). */
const FLUSH_LIMIT = 5000;

/**
 * Ends a connection without loss (DRAIN-20 to 25): subscriptions first, each until its handlers have settled, with
 * publishing and requests still possible; then requests; then what was published; then the connection.
 */
export async function drainConnection(
  parts: DrainParts,
  timeout: number,
  signal?: AbortSignal,
): Promise<DrainReport> {
  const deadline = performance.now() + timeout;
  const limits = (): WaitOptions => {
    const left = { timeout: Math.max(0, deadline - performance.now()) };
    return signal === undefined ? left : { ...left, signal };
  };
  const reports = await Promise.all(parts.subscriptions.map((subscription) => subscription.drain(limits())));
  const requestsInTime = await within(parts.requestsSettled(), limits());
  parts.endPublishing();
  const flushedInTime = await within(parts.flush({ timeout: FLUSH_LIMIT }), limits());
  await parts.close();
  return {
    handled: reports.reduce((sum, report) => sum + report.handled, 0),
    abandoned: reports.reduce((sum, report) => sum + report.abandoned, 0),
    timedOut: reports.some((report) => report.timedOut) || !requestsInTime || !flushedInTime,
  };
}

/** Whether `work` ended before its time was up. Another failure, as of a flush without a link, is an end too. */
async function within(work: Promise<void>, limits: WaitOptions): Promise<boolean> {
  const limit = new Waiter<void>(limits, { what: "the drain" });
  work.then(
    () => limit.resolve(),
    (error: unknown) => {
      if (isNatsError(error, "TIMEOUT")) limit.reject(error);
      else limit.resolve();
    },
  );
  return await limit.promise.then(
    () => true,
    () => false,
  );
}

import type { BarrierEnd } from "../barrier.ts";
import type { DrainOptions } from "../call-options.ts";
import type { DrainReport } from "../delivery/drain-report.ts";
import type { Message } from "../message.ts";
import { Waiter, type WaitOptions } from "../waiter.ts";

/** Published messages that did not reach the server, or may not have. */
export interface Undelivered {
  /**
   * Messages that have not left this process, because there was no link or because the server did not read. Some of those
   * that the socket had when the link was lost may have left after all.
   */
  readonly lost: number;
  /** Messages that have left, but that the server has not confirmed by answering a later PING: at most so many are lost. */
  readonly unconfirmed: number;
}

/** The report of a connection's drain, in both directions. */
export interface ConnectionDrainReport extends DrainReport, Undelivered {
  /** Whether all subscriptions were drained completely, and the server has processed everything that was published. */
  readonly complete: boolean;
}

/** What has messages to hand out. */
export interface Drained {
  /** Takes no more, and resolves when all that came is handled, or given up by the limits. */
  drain(options: DrainOptions): Promise<DrainReport>;
}

/** What draining a connection needs of it. */
export interface DrainHost {
  readonly drained: readonly Drained[];
  /** Resolves when no request waits for a response. */
  requestsOver(): Promise<void>;
  /** From now on publishing is refused. */
  endPublishing(): void;
  /** How it ends that the server processes all that was published. Never rejects. */
  barrier(limits: WaitOptions): Promise<BarrierEnd>;
  /** Resolves with what was published in vain since the drain began. */
  close(): Promise<Undelivered>;
}

/**
 * Ends a connection without loss: subscriptions first, each until its handlers have settled, with
 * publishing and requests still possible; then requests; then what was published; then the connection.
 */
export async function drainConnection(
  host: DrainHost,
  timeout: number,
  { signal, handling }: DrainOptions,
): Promise<ConnectionDrainReport> {
  const deadline = performance.now() + timeout;
  const limits = (): WaitOptions => {
    const left = deadline - performance.now();
    // As for each limit: a process that was blocked or asleep does not hold its own time against the server.
    const time = { timeout: left > 0 ? left : Math.min(-left, timeout) };
    return signal === undefined ? time : { ...time, signal };
  };
  const reports = await Promise.all(
    host.drained.map((drained) => drained.drain(withHandling(limits(), handling))),
  );
  const requestsInTime = await isInTime(host.requestsOver(), limits());
  host.endPublishing();
  const end = await host.barrier(limits());
  const { lost, unconfirmed } = await host.close();
  // Where nothing is unconfirmed the server has processed all, whether it says so in time or not.
  const isPublished = lost === 0 && unconfirmed === 0;
  return {
    handled: reports.reduce((sum, report) => sum + report.handled, 0),
    abandoned: reports.reduce((sum, report) => sum + report.abandoned, 0),
    lost,
    unconfirmed,
    timedOut:
      reports.some((report) => report.timedOut) || !requestsInTime || (end === "time-up" && !isPublished),
    complete: reports.every(({ complete }) => complete) && isPublished,
  };
}

function withHandling(limits: WaitOptions, handling: Message | readonly Message[] | undefined): DrainOptions {
  return handling === undefined ? limits : { ...limits, handling };
}

/** Whether `work`, which never rejects, ended before its time was up. */
async function isInTime(work: Promise<void>, limits: WaitOptions): Promise<boolean> {
  const limit = new Waiter<void>(limits, { what: "the drain" });
  void work.then(() => limit.resolve());
  return await limit.promise.then(
    () => true,
    () => false,
  );
}

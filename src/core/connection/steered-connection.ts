import { checkDrain, checkWait, type DrainOptions } from "../call-options.ts";
import { ConnectionError, type NatsError } from "../errors.ts";
import { closedError } from "../failures.ts";
import type { WaitOptions } from "../waiter.ts";
import type { ConnectionDrainReport } from "./drain.ts";
import { ObservedConnection } from "./observed-connection.ts";

const DEFAULT_FLUSH_TIMEOUT = 10_000;

/** What an application does with a connection as a whole: wait for its server, move it to another one, end it. */
export abstract class SteeredConnection extends ObservedConnection implements AsyncDisposable {
  /**
   * Resolves when the server has processed all that was published and subscribed before. The timeout is
   * 10 s unless said otherwise. Rejects with `TIMEOUT`, `ABORTED`, `DISCONNECTED` or `CONNECTION_CLOSED`.
   */
  async flush(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (this.state === "closed") throw closedError();
    await this.parts.lifecycle.flush({
      timeout: DEFAULT_FLUSH_TIMEOUT,
      ...this.parts.signals.limits(options),
    });
  }

  /** The milliseconds that a flush takes. Rejects as {@link flush} does; without a link at once, with `DISCONNECTED`. */
  async rtt(options: WaitOptions = {}): Promise<number> {
    checkWait(options);
    if (this.state !== "closed" && this.server === undefined) {
      throw new ConnectionError("DISCONNECTED", "there is no link to a server", { sent: false });
    }
    const startedAt = performance.now();
    await this.flush(options);
    return performance.now() - startedAt;
  }

  /**
   * Replaces all known servers, from the next attempt to connect on. The link stays: see {@link reconnect}. Throws
   * `INVALID_SERVER_URL`, `INVALID_OPTION` or `CONNECTION_CLOSED`.
   */
  setServers(servers: string | readonly string[]): void {
    if (this.state === "closed") throw closedError();
    this.parts.lifecycle.setServers(servers);
  }

  /**
   * Makes a new link without an outage, so that new credentials, permissions or servers come into use: to the first other
   * server of the list that answers, or to the same one if there is no other. A move that is under way ends first; all calls
   * made until then share one move after it, and calls made together share one too. While the connection is reconnecting, the
   * next attempt begins at once, and this waits until one succeeds.
   *
   * Rejects with the error of the attempts; the present link then stays. Also rejects with `CONNECTION_DRAINING` or
   * `CONNECTION_CLOSED`, and with `TIMEOUT` or `ABORTED`: then the new link is given up unless other calls wait for it, but the
   * attempts of a connection that is reconnecting go on.
   */
  async reconnect(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    await this.parts.lifecycle.reconnect(this.parts.signals.limits(options));
  }

  /**
   * Resolves when all subscriptions with a callback have handled the messages that have come so far. It does not wait for
   * later messages, nor for a subscription that ends meanwhile. Without a `timeout` or a `signal` there is no limit. Rejects
   * with `TIMEOUT`, `ABORTED`, `INVALID_OPTION`, or `CONNECTION_CLOSED` on a closed connection.
   */
  async barrier(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (this.state === "closed") throw closedError();
    await this.parts.subscriptions.barrier(this.parts.signals.limits(options));
  }

  /**
   * Ends the connection without loss. First, messages that are on their way are received and handled; handlers may still
   * publish, but there are no new subscriptions. Then everything that was published is flushed, and the connection closes. A
   * link that is away or gets lost is not restored.
   *
   * After `timeout` milliseconds (30 s by default) what is left is given up; the report counts it, in both directions. If you
   * call this from a handler, the drain does not wait for that handler as long as it has not returned or awaited anything.
   * After its first `await`, and always in a loop, pass the message as `handling`.
   *
   * Rejects with `CONNECTION_CLOSED` on a closed connection, or `INVALID_OPTION`; a second call gets the report of the
   * first.
   *
   * @example
   * ```ts
   * import { connect } from "natspeed";
   *
   * const nc = await connect();
   * nc.subscribe("work", { callback: (m) => m.respond("done") });
   * const { handled, abandoned, lost, complete } = await nc.drain({ timeout: 5000 });
   * console.log({ handled, abandoned, lost, complete });
   * ```
   */
  async drain(options: DrainOptions = {}): Promise<ConnectionDrainReport> {
    const { drain, warnings } = this.parts;
    const checked = checkDrain(options);
    if (warnings !== undefined && this.state !== "closed") warnings.isLossReported = true;
    return await drain.run(checked);
  }

  /**
   * Closes at once. What was published is still sent, for up to a second. Messages that were received but not handled are
   * given up, and everything that waits ends with `CONNECTION_CLOSED`. May be called any number of times.
   */
  close(): Promise<void> {
    return this.parts.lifecycle.close();
  }

  /** Resolves once the connection is closed: with the reason, or undefined if the application asked for it. */
  closed(): Promise<NatsError | undefined> {
    const { warnings } = this.parts;
    if (warnings !== undefined) warnings.isEndAwaited = true;
    return this.parts.lifecycle.closed;
  }

  /**
   * Drains for up to `disposeTimeout` milliseconds, or waits for a drain or close that is under way. Never rejects.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { drain, options } = this.parts;
    if (drain.report === undefined && this.state !== "closed") {
      await drain.run({ timeout: options.disposeTimeout });
    }
    await drain.report;
    await this.close();
  }
}

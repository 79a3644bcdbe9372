import { checkDrain, checkWait, type DrainOptions } from "../call-options.ts";
import { ConnectionError, type NatsError } from "../errors.ts";
import { closedError } from "../failures.ts";
import type { WaitOptions } from "../waiter.ts";
import type { ConnectionDrainReport } from "./drain.ts";
import { ObservedConnection } from "./observed-connection.ts";

const DEFAULT_FLUSH_TIMEOUT = 10_000;

/** What is done with a connection as a whole: to wait for its server, to send it to another one, to end it. */
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

  /** The milliseconds that a flush takes. Rejects as {@link flush} does, with `DISCONNECTED` at once without a link. */
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
   * Takes these servers in place of all that are known, from the next attempt to connect on; the link stays, see
   * {@link reconnect}. Throws `INVALID_SERVER_URL`, `INVALID_OPTION` or `CONNECTION_CLOSED`.
   */
  setServers(servers: string | readonly string[]): void {
    if (this.state === "closed") throw closedError();
    this.parts.lifecycle.setServers(servers);
  }

  /**
   * Goes over to another server, the first of the list that can be had, or makes a new link to the only one, without an outage:
   * so that new credentials, permissions or servers come into use. A move that is under way comes first; all calls made until
   * it is over share one move behind it, and calls made at once share one. While reconnecting it begins the next attempt at
   * once, and waits for its success.
   *
   * Rejects with what the attempts failed with, and then the link there is stays; with `TIMEOUT` or `ABORTED`, which
   * give the attempt up unless other calls wait for it, `CONNECTION_DRAINING` or `CONNECTION_CLOSED`.
   */
  async reconnect(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    await this.parts.lifecycle.reconnect(this.parts.signals.limits(options));
  }

  /**
   * Resolves when all messages that have come so far for subscriptions with a callback are handled, those that other
   * subscriptions handle slowly included; messages that come later are not waited for. A subscription
   * that ends is not waited for any more. It waits for as long as that takes, unless `timeout` or `signal` say otherwise.
   * Rejects with `TIMEOUT`, `ABORTED`, `INVALID_OPTION`, or `CONNECTION_CLOSED` on a closed connection.
   */
  async barrier(options: WaitOptions = {}): Promise<void> {
    checkWait(options);
    if (this.state === "closed") throw closedError();
    await this.parts.subscriptions.barrier(this.parts.signals.limits(options));
  }

  /**
   * Ends the connection without loss: no new subscriptions, what is on its way is received and handled, with
   * publishing still possible; then what was published is flushed, and the connection closes. A link that is away, or
   * lost meanwhile, is not restored.
   *
   * After `timeout` milliseconds (30 s unless said otherwise) what is left is given up. The report tells what was, in
   * both directions. A handler whose call has not returned yet is not waited for; name the message with `handling` after
   * the first `await`, and in a loop.
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
   * Closes at once: what was published is still sent (for up to a second), what was received and not handled is
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
   * Drains, for up to `disposeTimeout` milliseconds, or waits for the drain or the close that is under way. Never
   * rejects.
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

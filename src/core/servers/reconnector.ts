import { isRefusal } from "../auth/credential-source.ts";
import type { NatsError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Connector } from "./connector.ts";
import type { ErrorLog } from "../connection/error-log.ts";
import type { EventHub } from "../connection/events.ts";
import { serverUrl } from "./server.ts";

/** Brings a connection its first link, and one more after each loss, until it is told to stop. */
export class Reconnector {
  readonly #options: ResolvedOptions;
  readonly #connector: Connector;
  readonly #events: EventHub;
  readonly #errors: ErrorLog;
  readonly #abort = new AbortController();

  constructor(options: ResolvedOptions, connector: Connector, events: EventHub, errors: ErrorLog) {
    this.#options = options;
    this.#connector = connector;
    this.#events = events;
    this.#errors = errors;
  }

  /** Begins the next attempt at once, or as soon as the one that is under way has failed. */
  hurry(): void {
    this.#connector.hurry();
  }

  /** Ends all attempts, for good. */
  stop(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /**
   * Tries all servers once, and as `firstConnect` says, over and over. Resolves with the failure if the connection is
   * to go on without a link (`"background"`); rejects with it if that was all.
   */
  async connect(): Promise<NatsError | undefined> {
    try {
      await this.#connector.first(this.#abort.signal);
      return undefined;
    } catch (thrown) {
      const failure = thrown as NatsError;
      const { firstConnect = false } = this.#options.reconnect ?? {};
      if (firstConnect === false || !this.#connector.isWorthRetrying(failure)) throw failure;
      if (firstConnect === "background") return failure;
      await this.#again(failure, (error) => {
        if (!this.#connector.isWorthRetrying(error)) throw error;
      });
      return undefined;
    }
  }

  /** Tries over and over after the link was lost; rejects when that is over without a link. */
  restore(cause: NatsError): Promise<void> {
    return this.#again(cause, (error, server, attempt, delay) => {
      this.#errors.record(error);
      // AUTH-15: that the credentials are refused is worth more than a line among the attempts.
      if (attempt > 1 && isRefusal(error)) this.#errors.report(error);
      this.#events.emit({ type: "reconnecting", attempt, server, delay, error });
    });
  }

  #again(
    cause: NatsError,
    onAttempt: (error: NatsError, server: string, attempt: number, delay: number) => void,
  ): Promise<void> {
    return this.#connector.again(
      cause,
      this.#options.reconnect!,
      this.#abort.signal,
      (server, attempt, delay, error) => onAttempt(error, serverUrl(server.address), attempt, delay),
    );
  }
}

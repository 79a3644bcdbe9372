import { type NatsError, SubscriptionError, toError } from "../errors.ts";
import type { ReconnectAttempt } from "../connect-options.ts";
import type { ResolvedReconnect } from "../options.ts";
import type { ServerPool } from "./server-pool.ts";
import { serverUrl } from "../server-address.ts";
import type { Server } from "./server.ts";
import { LONGEST_TIMER } from "../longest-timer.ts";

/** The application's say in which server is tried next, and when; what it gets wrong is reported and left aside. */
export class PauseHandlers {
  readonly #options: ResolvedReconnect;
  readonly #pool: ServerPool;
  readonly #onError: (error: NatsError) => void;

  constructor(options: ResolvedReconnect, pool: ServerPool, onError: (error: NatsError) => void) {
    this.#options = options;
    this.#pool = pool;
    this.#onError = onError;
  }

  /** The server chosen; undefined without a choice. */
  chooseServer(attempt: ReconnectAttempt): Server | undefined {
    const chooseServer = this.#options.chooseServer;
    if (chooseServer !== undefined) return this.#chosen(chooseServer, attempt);
    // A delay handler takes the place of the pauses that the servers are ordered by: they are tried in turn.
    return this.#options.delayHandler === undefined ? undefined : this.#pool.servers[0];
  }

  #chosen(
    choose: NonNullable<ResolvedReconnect["chooseServer"]>,
    attempt: ReconnectAttempt,
  ): Server | undefined {
    return this.#call("chooseServer", () => {
      const url = choose({ ...attempt, servers: this.#pool.urls });
      const server = url === undefined ? undefined : this.#pool.find(url);
      if (url !== undefined && server === undefined)
        throw new Error(`it returned "${url}", which is no server's URL`);
      return server;
    });
  }

  /** Milliseconds until `server` is to be tried, in place of `delay`; undefined without a choice. */
  delay(server: Server, delay: number, attempt: ReconnectAttempt): number | undefined {
    const { delayHandler } = this.#options;
    if (delayHandler === undefined) return undefined;
    const url = serverUrl(server.address);
    return this.#call("delayHandler", () => {
      const chosen: unknown = delayHandler({ ...attempt, server: url, delay });
      if (typeof chosen === "number" && chosen <= LONGEST_TIMER) return Math.max(0, chosen);
      throw new Error(`it returned ${String(chosen)}, which is no number of milliseconds`);
    });
  }

  #call<T>(name: string, handler: () => T): T | undefined {
    try {
      return handler();
    } catch (thrown) {
      const cause = toError(thrown);
      const message = `reconnect.${name} failed: ${cause.message}`;
      this.#onError(new SubscriptionError("HANDLER_FAILED", message, { cause, argument: name }));
      return undefined;
    }
  }
}

import { type NatsError, SubscriptionError, toError } from "../errors.ts";
import type { ReconnectAttempt, ResolvedReconnect } from "../options.ts";
import type { ServerPool } from "./server-pool.ts";
import { type Server, serverUrl } from "./server.ts";

/** The application's say in which server is tried next, and when; what it gets wrong is reported and left aside. */
export class PauseHandlers {
  readonly #options: ResolvedReconnect | undefined;
  readonly #pool: ServerPool;
  readonly #onError: (error: NatsError) => void;

  constructor(options: ResolvedReconnect | undefined, pool: ServerPool, onError: (error: NatsError) => void) {
    this.#options = options;
    this.#pool = pool;
    this.#onError = onError;
  }

  /** The server chosen; undefined without a choice. */
  chooseServer(attempt: ReconnectAttempt): Server | undefined {
    const chooseServer = this.#options?.chooseServer;
    if (chooseServer !== undefined) return this.#chosen(chooseServer, attempt);
    // A delay handler takes the place of the pauses that the servers are ordered by: they are tried in turn.
    return this.#options?.delayHandler === undefined ? undefined : this.#pool.servers[0];
  }

  #chosen(
    choose: NonNullable<ResolvedReconnect["chooseServer"]>,
    attempt: ReconnectAttempt,
  ): Server | undefined {
    const url = this.#call("chooseServer", () => choose({ ...attempt, servers: this.#pool.urls }));
    if (url === undefined) return undefined;
    const server = this.#pool.find(url);
    if (server === undefined) this.#refuse("chooseServer", `it returned "${url}", which is no server's URL`);
    return server;
  }

  /** Milliseconds until `server` is to be tried. */
  delay(server: Server, attempt: ReconnectAttempt): number {
    const delay = Math.max(0, Math.round(server.notBefore - performance.now()));
    const delayHandler = this.#options?.delayHandler;
    if (delayHandler === undefined) return delay;
    const url = serverUrl(server.address);
    const chosen = this.#call("delayHandler", () => delayHandler({ ...attempt, server: url, delay }));
    if (chosen === undefined) return delay;
    if (typeof chosen === "number" && chosen <= MAX_DELAY) return Math.max(0, chosen);
    this.#refuse("delayHandler", `it returned ${String(chosen)}, which is no number of milliseconds`);
    return delay;
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

  #refuse(name: string, reason: string): void {
    const message = `the answer of reconnect.${name} is left aside: ${reason}`;
    this.#onError(new SubscriptionError("HANDLER_FAILED", message, { argument: name }));
  }
}

/** Longer timers fire at once in every runtime. */
const MAX_DELAY = 2_147_483_647;

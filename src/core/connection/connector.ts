import { AbortError, type ConnectAttempt, ConnectionError, type NatsError } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import type { Dialers, Transport } from "../transport.ts";
import { AttemptClock, type AttemptFailure, dialWithin } from "./attempt.ts";
import { Handshake } from "./handshake.ts";
import type { Link } from "./link.ts";
import { type Backoff, type Server, type ServerPool, serverUrl } from "./server-pool.ts";

/** An attempt begins after `delay` milliseconds; `error` is why the one before failed. What it throws ends the trying. */
export type OnAttempt = (server: Server, attempt: number, delay: number, error: NatsError) => void;

/** Of an endless outage the last few attempts are worth keeping. */
const MAX_KEPT_ATTEMPTS = 16;

/** Makes links: once around all servers for the first connect, over and over to restore one. */
export class Connector {
  readonly #pool: ServerPool;
  readonly #dialers: Dialers;
  readonly #options: ResolvedOptions;
  readonly #newLink: (transport: Transport, server: Server) => Link;

  constructor(
    pool: ServerPool,
    dialers: Dialers,
    options: ResolvedOptions,
    newLink: (transport: Transport, server: Server) => Link,
  ) {
    this.#pool = pool;
    this.#dialers = dialers;
    this.#options = options;
    this.#newLink = newLink;
  }

  /** Tries each server once, in order (CONN-01); rejects with all failures in one. */
  async first(signal: AbortSignal): Promise<void> {
    const attempts: ConnectAttempt[] = [];
    for (const server of this.#pool.servers) {
      const failure = await this.#attempt(server, signal);
      if (failure === undefined) return;
      if (signal.aborted) throw failure.error;
      attempts.push({ server: serverUrl(server.address), ...failure });
    }
    throw allFailed(attempts);
  }

  /** Tries servers until one is connected; rejects when none is left or the signal aborts. */
  async again(cause: NatsError, backoff: Backoff, signal: AbortSignal, onAttempt: OnAttempt): Promise<void> {
    const attempts: ConnectAttempt[] = [];
    let error = cause;
    for (let attempt = 1; ; attempt++) {
      const server = this.#pool.next(performance.now());
      if (server === undefined) throw allFailed(attempts);
      const delay = Math.max(0, Math.round(server.notBefore - performance.now()));
      onAttempt(server, attempt, delay, error);
      await pauseFor(delay, signal);
      const failure = await this.#attempt(server, signal);
      if (failure === undefined) return;
      if (signal.aborted) throw failure.error;
      error = failure.error;
      this.#pool.onFailed(server, performance.now(), backoff);
      if (attempts.length >= MAX_KEPT_ATTEMPTS) attempts.shift();
      attempts.push({ server: serverUrl(server.address), ...failure });
    }
  }

  /** Dials and shakes hands; what fails leaves nothing open. */
  async #attempt(server: Server, signal: AbortSignal): Promise<AttemptFailure | undefined> {
    const url = serverUrl(server.address);
    const clock = new AttemptClock(url, this.#options.timeout, signal);
    let link: Link | undefined;
    try {
      const transport = await dialWithin(clock, this.#dialers[server.address.scheme]!, server.address, {
        tls: undefined,
        localAddress: undefined,
      });
      link = this.#newLink(transport, server);
      await link.shakeHands(new Handshake({ ...this.#options, ...this.#credentials(server) }, url), clock);
      return undefined;
    } catch (thrown) {
      link?.destroy();
      return { phase: clock.phase, error: clock.failure(thrown) };
    } finally {
      clock.stop();
    }
  }

  // AUTH-01: user info of the URL takes the place of the options as a block.
  #credentials(server: Server): Pick<Server, "user" | "password" | "token"> {
    if (server.user !== undefined || server.token !== undefined) return server;
    return { user: this.#options.user, password: this.#options.password, token: this.#options.token };
  }
}

/** Resolves after `delay` milliseconds, in a later turn in any case, so that a close can come between attempts. */
function pauseFor(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new AbortError("aborted while waiting to reconnect", { cause: signal.reason }));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, delay);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * One error for all that failed: with the code that they share, or `NO_SERVERS`; it names every server and phase,
 * and `attempts` has the details.
 */
function allFailed(attempts: readonly ConnectAttempt[]): NatsError {
  const last = attempts.at(-1);
  if (last === undefined) return new ConnectionError("NO_SERVERS", "no server is left to connect to");
  if (attempts.length === 1) return last.error;
  const list = attempts
    .map(({ server, phase, error }) => `${server} (${phase}): ${error.message}`)
    .join("; ");
  const facts = { attempts, cause: last.error };
  const message = `can't connect to any of ${attempts.length} servers: ${list}`;
  if (attempts.some(({ error }) => error.code !== last.error.code)) {
    return new ConnectionError("NO_SERVERS", message, facts);
  }
  // The same class and code as each of them, so that a wrong password is told as such by a list of servers too.
  const Shared = last.error.constructor as new (code: string, message: string, facts: object) => NatsError;
  return new Shared(last.error.code, message, facts);
}

import { AttemptSecrets } from "../auth/attempt-secrets.ts";
import { type CredentialSource, isRefusal } from "../auth/credential-source.ts";
import { AbortError, type ConnectAttempt, ConnectionError, type NatsError } from "../errors.ts";
import type { ReconnectAttempt, ResolvedOptions, ResolvedReconnect } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import type { Dialers, Transport } from "../transport.ts";
import { AttemptClock, type AttemptFailure, dialWithin } from "../link/attempt.ts";
import { Handshake, type HandshakeOptions } from "../link/handshake.ts";
import type { Link } from "../link/link.ts";
import { PauseHandlers } from "./pause-handlers.ts";
import type { ServerPool } from "./server-pool.ts";
import { type Server, serverUrl } from "./server.ts";

/** An attempt begins after `delay` milliseconds; `error` is why the one before failed. What it throws ends the trying. */
export type OnAttempt = (server: Server, attempt: number, delay: number, error: NatsError) => void;

/** Of an endless outage the last few attempts are worth keeping. */
const MAX_KEPT_ATTEMPTS = 16;

/** What a connector works with. */
export interface ConnectorParts {
  readonly pool: ServerPool;
  readonly dialers: Dialers;
  readonly credentials: CredentialSource;
  newLink(transport: Transport, server: Server): Link;
  /** The INFO of a server that then failed: it may list the cluster. */
  onListed(info: ServerInfo, server: Server): void;
  /** A callback of the options failed. */
  onHandlerError(error: NatsError): void;
}

/** Makes links: once around all servers for the first connect, over and over to restore one. */
export class Connector {
  readonly #options: ResolvedOptions;
  readonly #parts: ConnectorParts;
  readonly #handlers: PauseHandlers;
  /** Ends the pause between attempts. */
  #wake: (() => void) | undefined;
  /** The pause after the attempt that is under way is not made. */
  #isHurried = false;

  constructor(options: ResolvedOptions, parts: ConnectorParts) {
    this.#options = options;
    this.#parts = parts;
    this.#handlers = new PauseHandlers(options.reconnect, parts.pool, (error) => parts.onHandlerError(error));
  }

  /** Tries each server once, in order (CONN-01), those that are named on the way too; rejects with all failures in one. */
  async first(signal: AbortSignal): Promise<void> {
    const attempts: ConnectAttempt[] = [];
    const tried = new Set<Server>();
    for (;;) {
      const server = this.#parts.pool.servers.find((one) => !tried.has(one));
      if (server === undefined) throw allFailed(attempts);
      tried.add(server);
      const failure = await this.#attempt(server, attempts.length + 1, attempts.at(-1)?.error, signal);
      if (failure === undefined) return;
      if (signal.aborted) throw failure.error;
      // AUTH-22: what is refused again when it is tried again was refused twice.
      if (isRefusal(failure.error)) this.#parts.pool.onRefused(server, failure.error.code);
      attempts.push({ server: serverUrl(server.address), ...failure });
    }
  }

  /** Whether trying again may help: a wrong password does not become right (R10), what is asked for anew may. */
  isWorthRetrying(error: NatsError): boolean {
    if (error.name === "AuthenticationError") return !isRefusal(error) || !this.#parts.credentials.isFixed;
    return error.name === "ConnectionError";
  }

  /** Tries servers until one is connected; rejects when none is left, or it is of no use, or the signal aborts. */
  async again(
    cause: NatsError,
    backoff: ResolvedReconnect,
    signal: AbortSignal,
    onAttempt: OnAttempt,
  ): Promise<void> {
    const { pool, credentials } = this.#parts;
    const attempts: ConnectAttempt[] = [];
    const pass = new Pass();
    let error = cause;
    this.#isHurried = false;
    for (let attempt = 1; ; attempt++) {
      if (pool.servers.length === 0) throw allFailed(attempts);
      const facts: ReconnectAttempt = { attempt, pass: pass.number, error };
      const server = this.#handlers.chooseServer(facts) ?? pool.next(performance.now());
      if (server === undefined) throw allFailed(attempts);
      pass.onAttempt(server, pool.servers);
      const delay = this.#handlers.delay(server, { ...facts, pass: pass.number });
      onAttempt(server, attempt, delay, error);
      await this.#pause(delay, signal);
      const failure = await this.#attempt(server, attempt, error, signal);
      if (failure === undefined) return;
      if (signal.aborted) throw failure.error;
      error = failure.error;
      if (isRefusal(error) && pool.onRefused(server, error.code) && credentials.isFixed) throw error;
      pool.onFailed(server, performance.now(), { ...backoff, jitter: this.#jitter(backoff) });
      if (attempts.length >= MAX_KEPT_ATTEMPTS) attempts.shift();
      attempts.push({ server: serverUrl(server.address), ...failure });
    }
  }

  /**
   * One more link beside the one there is: tries each server once, in order, but `avoided` only if there is no other;
   * rejects with all failures in one.
   */
  async another(avoided: Server | undefined, signal: AbortSignal): Promise<void> {
    const { pool } = this.#parts;
    const attempts: ConnectAttempt[] = [];
    const tried = new Set<Server>();
    const hasOther = pool.servers.some((one) => one !== avoided);
    for (;;) {
      const server = pool.servers.find((one) => !tried.has(one) && !(hasOther && one === avoided));
      if (server === undefined) throw allFailed(attempts);
      tried.add(server);
      const failure = await this.#attempt(server, attempts.length + 1, attempts.at(-1)?.error, signal);
      if (failure === undefined) return;
      if (signal.aborted) throw failure.error;
      this.#onOtherFailed(server);
      attempts.push({ server: serverUrl(server.address), ...failure });
    }
  }

  /** The server pauses, but it is not given up for want of a move that could be done without. */
  #onOtherFailed(server: Server): void {
    const { reconnect } = this.#options;
    if (reconnect === undefined) return;
    this.#parts.pool.onFailed(server, performance.now(), { ...reconnect, maxAttempts: Infinity });
  }

  /** Begins the next attempt at once, or as soon as the one that is under way has failed. */
  hurry(): void {
    this.#isHurried = this.#wake === undefined;
    this.#wake?.();
  }

  async #pause(delay: number, signal: AbortSignal): Promise<void> {
    const controller = new AbortController();
    const pause = this.#isHurried ? 0 : delay;
    this.#isHurried = false;
    this.#wake = () => controller.abort();
    await pauseFor(pause, signal, controller.signal);
    this.#wake = undefined;
  }

  get #usesTls(): boolean {
    const { tls } = this.#options;
    return tls !== false && (tls !== undefined || this.#parts.pool.wantsTls);
  }

  #jitter({ jitter, jitterTls }: ResolvedReconnect): number {
    return this.#usesTls ? jitterTls : jitter;
  }

  /** Dials and shakes hands; what fails leaves nothing open. */
  async #attempt(
    server: Server,
    attempt: number,
    lastError: NatsError | undefined,
    signal: AbortSignal,
  ): Promise<AttemptFailure | undefined> {
    const { credentials, dialers } = this.#parts;
    const { tls, localAddress, randomize, websocket = {} } = this.#options;
    const url = serverUrl(server.address);
    const clock = new AttemptClock(url, this.#options.timeout, signal);
    const settings = {
      tls: tls === false ? undefined : tls === true ? {} : (tls ?? {}),
      localAddress,
      randomize,
      websocket,
    };
    const secrets = new AttemptSecrets();
    let link: Link | undefined;
    let handshake: Handshake | undefined;
    try {
      const context = { server: url, attempt, lastError, signal: clock.signal, secrets };
      const shown = await credentials.credentialsFor(server, context);
      const dial = this.#options.dial ?? dialers[server.address.scheme]!;
      const transport = await dialWithin(clock, dial, server.address, settings);
      link = this.#parts.newLink(transport, server);
      handshake = new Handshake(this.#handshakeOptions(shown), url);
      await link.shakeHands(handshake, clock, settings);
      return undefined;
    } catch (thrown) {
      link?.destroy();
      if (handshake?.info !== undefined) this.#parts.onListed(handshake.info, server);
      return { phase: clock.phase, error: clock.failure(thrown) };
    } finally {
      clock.stop();
      secrets.wipe();
    }
  }

  #handshakeOptions(credentials: HandshakeOptions["credentials"]): HandshakeOptions {
    const { name, echo, verbose, pedantic, tls } = this.#options;
    const use = tls === false ? "refuse" : this.#usesTls ? "insist" : "allow";
    return { name, echo, verbose, pedantic, tls: use, credentials };
  }
}

/** Counts how often all servers have been gone through. */
class Pass {
  #number = 1;
  readonly #tried = new Set<Server>();

  get number(): number {
    return this.#number;
  }

  onAttempt(server: Server, servers: readonly Server[]): void {
    if (this.#tried.has(server) || servers.every((one) => this.#tried.has(one))) {
      this.#number++;
      this.#tried.clear();
    }
    this.#tried.add(server);
  }
}

/**
 * Resolves after `delay` milliseconds, or when `woken` aborts; in a later turn in any case, so that a close can come
 * between attempts. Rejects when `signal` aborts.
 */
function pauseFor(delay: number, signal: AbortSignal, woken: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
    const onAbort = (): void => {
      finish();
      reject(new AbortError("aborted while waiting to reconnect", { cause: signal.reason }));
    };
    const onEnd = (): void => {
      finish();
      resolve();
    };
    const timer = setTimeout(onEnd, delay);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    woken.addEventListener("abort", onEnd, { once: true });
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

import { type CredentialSource, isRefusal } from "../auth/credential-source.ts";
import type { NatsError } from "../errors.ts";
import type { HandshakeOptions } from "../link/handshake.ts";
import type { Route } from "../link/link.ts";
import { type FailedLink, type LinkPlan, openLink, type ReadyLink } from "../link/open-link.ts";
import type { ResolvedOptions, ResolvedReconnect } from "../options.ts";
import type { ServerInfo } from "../protocol/server-info.ts";
import { serverUrl } from "../server-address.ts";
import type { Counters } from "../statistics.ts";
import type { Dialers } from "../transport.ts";
import type { Course } from "./course.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { OnceAround } from "./once-around.ts";
import { type AttemptBegun, OverAndOver } from "./over-and-over.ts";
import type { PauseHandlers } from "./pause-handlers.ts";
import { Pause } from "./pause.ts";
import type { ServerPool } from "./server-pool.ts";
import type { Server } from "./server.ts";

/** A link that is ready, and the server that it leads to. */
export interface ServerLink extends ReadyLink {
  readonly server: Server;
}

/** What few connections need: it is loaded for those. */
interface ConnectorCode {
  /** Finds out more of a failure. */
  readonly explainFailure: LinkPlan["explain"];
  readonly signNonce: HandshakeOptions["signNonce"];
  readonly PauseHandlers: typeof PauseHandlers;
}

/** What a connector needs of the connection, and tells it. */
export interface ConnectorHost {
  readonly platform: { readonly dialers: Dialers };
  readonly pool: ServerPool;
  readonly credentials: CredentialSource;
  readonly news: { discover(info: ServerInfo, server: Server): void };
  readonly connection: {
    readonly options: ResolvedOptions;
    /** Where messages of its links go, and are counted. */
    readonly table: Route;
    readonly counters: Counters;
    readonly code: { load(): Promise<ConnectorCode> };
    readonly errors: { report(error: NatsError): void };
  };
  /** An attempt to restore the link begins. */
  onAttempt(begun: AttemptBegun): void;
}

/** Brings a connection its first link, one more after each loss, and one beside it for a move. */
export class Connector {
  readonly #options: ResolvedOptions;
  readonly #host: ConnectorHost;
  /** Undefined unless the application has a say. */
  #handlers: PauseHandlers | undefined;
  readonly #pause = new Pause();
  readonly #abort = new AbortController();
  /** There has been no link yet. */
  #isFirst = true;

  constructor(host: ConnectorHost) {
    this.#options = host.connection.options;
    this.#host = host;
  }

  /** Begins the next attempt at once, or as soon as the one that is under way has failed. */
  hurry(): void {
    this.#pause.hurry();
  }

  /** Ends all attempts, for good. */
  stop(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /**
   * The first link: tries all servers once, and as `firstConnect` says, over and over. Resolves with the failure if the
   * connection is to go on without a link (`"background"`); rejects with it if that was all.
   */
  async connect(): Promise<ServerLink | NatsError> {
    await this.#loadHandlers();
    try {
      return await this.#run(this.#onceAround(), this.#abort.signal);
    } catch (thrown) {
      const failure = thrown as NatsError;
      const { firstConnect = false } = this.#options.reconnect ?? {};
      if (firstConnect === false || !this.#isWorthRetrying(failure)) throw failure;
      if (firstConnect === "background") return failure;
      return await this.#overAndOver(failure, ({ error }) => {
        if (!this.#isWorthRetrying(error)) throw error;
      });
    }
  }

  /** Before it is connected: an outage may leave no way to load them. */
  async #loadHandlers(): Promise<void> {
    const { reconnect } = this.#options;
    if (reconnect?.chooseServer === undefined && reconnect?.delayHandler === undefined) return;
    const { connection, pool } = this.#host;
    const { PauseHandlers } = await connection.code.load();
    const { errors } = connection;
    this.#handlers = new PauseHandlers(reconnect, pool, (error) => errors.report(error));
  }

  /** Tries over and over after the link was lost; rejects when that is over without a link. */
  async restore(cause: NatsError): Promise<ServerLink> {
    return await this.#overAndOver(cause, (begun) => this.#host.onAttempt(begun));
  }

  /** One more link beside the one there is: tries each server once, in order, but `avoided` only if there is no other. */
  async another(avoided: Server | undefined, signal: AbortSignal): Promise<ServerLink> {
    const { pool } = this.#host;
    return await this.#run(new OnceAround(pool, (server) => this.#onOtherFailed(server), avoided), signal);
  }

  /** The server pauses. Its attempts are not used up: the connection has a link, and did without. */
  #onOtherFailed(server: Server): void {
    const { reconnect } = this.#options;
    if (reconnect === undefined) return;
    this.#host.pool.onMoveFailed(server, performance.now(), reconnect);
  }

  #onceAround(): Course {
    const { pool } = this.#host;
    return new OnceAround(pool, (server, error) => {
      // AUTH-22: what is refused again when it is tried again was refused twice.
      if (isRefusal(error)) pool.onRefused(server, error.code);
    });
  }

  async #overAndOver(cause: NatsError, onAttempt: (begun: AttemptBegun) => void): Promise<ServerLink> {
    const { pool, credentials } = this.#host;
    const backoff = this.#options.reconnect!;
    const host = {
      pool,
      backoff,
      handlers: this.#handlers,
      jitter: () => this.#jitter(backoff),
      isFixed: credentials.isFixed,
      onAttempt,
    };
    this.#pause.reset();
    return await this.#run(new OverAndOver(host), this.#abort.signal, cause);
  }

  /** Makes the attempts of a course until there is a link; rejects with all failures in one when there are no more. */
  async #run(course: Course, signal: AbortSignal, cause?: NatsError): Promise<ServerLink> {
    const failed = new FailedAttempts(course.isEndless);
    for (let attempt = 1; ; attempt++) {
      const lastError = failed.last?.error ?? cause;
      const step = course.next(attempt, lastError);
      if (step === undefined) throw failed.toError();
      const { server, delay } = step;
      if (delay !== undefined) await this.#pause.make(delay, signal);
      const opened = await this.#open(server, attempt, lastError, signal);
      if ("link" in opened) {
        this.#isFirst = false;
        return { ...opened, server };
      }
      const { phase, error, info } = opened;
      // A server that then failed may have listed the cluster.
      if (info !== undefined) this.#host.news.discover(info, server);
      if (signal.aborted) throw error;
      course.onFailed(server, error);
      failed.add({ server: serverUrl(server.address), phase, error });
    }
  }

  /** Whether trying again may help: a wrong password does not become right (R10), what is asked for anew may. */
  #isWorthRetrying(error: NatsError): boolean {
    if (error.name === "AuthenticationError") return !isRefusal(error) || !this.#host.credentials.isFixed;
    return error.name === "ConnectionError";
  }

  async #open(
    server: Server,
    attempt: number,
    lastError: NatsError | undefined,
    signal: AbortSignal,
  ): Promise<ReadyLink | FailedLink> {
    const { credentials, platform } = this.#host;
    const { table, counters, code } = this.#host.connection;
    const { dial, timeout, tls, localAddress, randomize, websocket = {} } = this.#options;
    const plan = {
      address: server.address,
      dial: dial ?? platform.dialers[server.address.scheme]!,
      settings: {
        tls: tls === false ? undefined : tls === true ? {} : (tls ?? {}),
        localAddress,
        randomize,
        websocket,
      },
      handshake: this.#handshakeOptions(),
      timeout,
      attempt,
      lastError,
      asksSilentPeer: this.#isFirst,
      route: table,
      counters,
      explain: async (...failed: Parameters<LinkPlan["explain"]>) =>
        await (await code.load()).explainFailure(...failed),
      credentials: (context: Parameters<CredentialSource["credentialsFor"]>[1]) =>
        credentials.credentialsFor(server, context),
    };
    return await openLink(plan, signal);
  }

  #handshakeOptions(): Omit<HandshakeOptions, "credentials"> {
    const { name, echo, verbose, pedantic, tls } = this.#options;
    const use = tls === false ? "refuse" : this.#usesTls ? "insist" : "allow";
    const signNonce: HandshakeOptions["signNonce"] = async (...shown) =>
      await (await this.#host.connection.code.load()).signNonce(...shown);
    return { name, echo, verbose, pedantic, tls: use, signNonce };
  }

  get #usesTls(): boolean {
    const { tls } = this.#options;
    return tls !== false && (tls !== undefined || this.#host.pool.wantsTls);
  }

  #jitter({ jitter, jitterTls }: ResolvedReconnect): number {
    return this.#usesTls ? jitterTls : jitter;
  }
}

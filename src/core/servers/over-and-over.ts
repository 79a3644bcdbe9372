import { isRefusal } from "../auth/credential-source.ts";
import type { NatsError } from "../errors.ts";
import type { ResolvedReconnect } from "../options.ts";
import { serverUrl } from "../server-address.ts";
import type { Course, Step } from "./course.ts";
import type { PauseHandlers } from "./pause-handlers.ts";
import type { ServerPool } from "./server-pool.ts";
import type { Server } from "./server.ts";

/** An attempt to restore a link begins. */
export interface AttemptBegun {
  /** Counts from 1. */
  readonly attempt: number;
  readonly server: string;
  /** Milliseconds before it. */
  readonly delay: number;
  /** Why the one before failed, or the link was lost. */
  readonly error: NatsError;
}

/** What going on for ever needs of its owner. */
export interface OverAndOverHost {
  readonly pool: ServerPool;
  /** The application's say, if it has one. */
  readonly handlers: PauseHandlers | undefined;
  readonly backoff: ResolvedReconnect;
  /** The part of a pause that is left to chance. */
  jitter(): number;
  /** Whether it is of no use to show the same credentials again to who refused them. */
  readonly isFixed: boolean;
  /** What it throws ends the trying. */
  onAttempt(begun: AttemptBegun): void;
}

/** Servers by turns, each with its pause, until none is left or it is of no use. */
export class OverAndOver implements Course {
  readonly isEndless = true;
  readonly #host: OverAndOverHost;
  readonly #pass = new Pass();

  constructor(host: OverAndOverHost) {
    this.#host = host;
  }

  next(attempt: number, error: NatsError): Step | undefined {
    const { pool, handlers } = this.#host;
    // All have been tried in vain, or are used up.
    if (this.#pass.isOver(pool.servers)) pool.recall();
    if (pool.servers.length === 0) return undefined;
    const facts = { attempt, pass: this.#pass.number, error };
    const server = handlers?.chooseServer(facts) ?? pool.next(performance.now());
    if (server === undefined) return undefined;
    this.#pass.onAttempt(server, pool.servers);
    const pause = Math.max(0, Math.round(server.notBefore - performance.now()));
    const delay = handlers?.delay(server, pause, { ...facts, pass: this.#pass.number }) ?? pause;
    this.#host.onAttempt({ attempt, server: serverUrl(server.address), delay, error });
    return { server, delay };
  }

  onFailed(server: Server, error: NatsError): void {
    const { pool, backoff, isFixed } = this.#host;
    if (isRefusal(error) && pool.onRefused(server, error.code) && isFixed) throw error;
    pool.onFailed(server, performance.now(), { ...backoff, jitter: this.#host.jitter() });
  }
}

/** Counts how often all servers have been gone through. */
class Pass {
  #number = 1;
  // Weak: servers may come and go for as long as an outage lasts.
  #tried = new WeakSet<Server>();

  get number(): number {
    return this.#number;
  }

  /** Whether all of these have been tried. */
  isOver(servers: readonly Server[]): boolean {
    return servers.every((one) => this.#tried.has(one));
  }

  onAttempt(server: Server, servers: readonly Server[]): void {
    if (this.#tried.has(server) || this.isOver(servers)) {
      this.#number++;
      this.#tried = new WeakSet();
    }
    this.#tried.add(server);
  }
}

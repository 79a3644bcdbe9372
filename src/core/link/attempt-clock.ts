import {
  AbortError,
  ConnectionError,
  type ConnectPhase,
  isNatsError,
  type NatsError,
  toError,
} from "../errors.ts";
import { TimeLimit } from "../time-limit.ts";

/** A NATS server speaks first. Silence is the only sign of a port that waits for the client to speak. */
const SILENT = ": is it a WebSocket port (ws://), or one that begins with TLS (tls.handshakeFirst)?";

/**
 * The clock of one attempt: each phase has the time limit to itself. Its signal ends whatever the attempt waits for,
 * when the limit of a phase is reached or when the caller's signal aborts.
 */
export class AttemptClock {
  readonly #controller = new AbortController();
  readonly #timeout: number;
  readonly #outer: AbortSignal;
  readonly #server: string;
  readonly #startedAt = performance.now();
  readonly #limit = new TimeLimit(() => this.#onTimeout());
  #phase: ConnectPhase = "credentials";
  #error: NatsError | undefined;

  constructor(server: string, timeout: number, outer: AbortSignal) {
    this.#server = server;
    this.#timeout = timeout;
    this.#outer = outer;
    outer.addEventListener("abort", this.#onAbort);
    if (outer.aborted) this.#onAbort();
    this.enterPhase("credentials");
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get phase(): ConnectPhase {
    return this.#phase;
  }

  /** What each phase has, in milliseconds. */
  get timeout(): number {
    return this.#timeout;
  }

  enterPhase(phase: ConnectPhase): void {
    this.#phase = phase;
    this.#limit.start(this.#timeout);
  }

  stop(): void {
    this.#limit.stop();
    this.#outer.removeEventListener("abort", this.#onAbort);
  }

  /** What ended the attempt: the clock, or what was thrown. */
  failure(thrown: unknown): NatsError {
    if (this.#error !== undefined) return this.#error;
    if (isNatsError(thrown)) return thrown.add({ server: this.#server, phase: this.#phase });
    const cause = toError(thrown);
    const facts = { server: this.#server, phase: this.#phase, cause };
    return new ConnectionError("DIAL_FAILED", `can't reach ${this.#server}: ${cause.message}`, facts);
  }

  #onTimeout(): void {
    const elapsed = Math.round(performance.now() - this.#startedAt);
    const hint = this.#phase === "info" ? SILENT : "";
    const message = `${this.#server} took more than ${this.#timeout} ms (phase: ${this.#phase})${hint}`;
    const facts = { server: this.#server, phase: this.#phase, elapsed };
    this.#end(new ConnectionError("CONNECT_TIMEOUT", message, facts));
  }

  readonly #onAbort = (): void => {
    const cause: unknown = this.#outer.reason;
    this.#end(new AbortError(`aborted while connecting to ${this.#server}`, { server: this.#server, cause }));
  };

  #end(error: NatsError): void {
    this.#error ??= error;
    this.#controller.abort(error);
  }
}

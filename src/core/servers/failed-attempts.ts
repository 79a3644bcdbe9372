import { type ConnectAttempt, ConnectionError, type NatsError } from "../errors.ts";

/** Of an endless outage the last few attempts are worth keeping. */
const MAX_KEPT = 16;

/** The attempts of one outage, or of one connect, that have failed. */
export class FailedAttempts {
  readonly #attempts: ConnectAttempt[] = [];

  get last(): ConnectAttempt | undefined {
    return this.#attempts.at(-1);
  }

  add(attempt: ConnectAttempt): void {
    this.#attempts.push(attempt);
    if (this.#attempts.length > MAX_KEPT) this.#attempts.shift();
  }

  /**
   * One error for all of them: with the code that they share, or `NO_SERVERS`; it names every server and phase, and its
   * `attempts` have the details.
   */
  toError(): NatsError {
    const { last } = this;
    const attempts = [...this.#attempts];
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
}

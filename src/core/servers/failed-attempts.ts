import { type ConnectAttempt, ConnectionError, type NatsError } from "../errors.ts";

/** How many attempts of an outage without end are kept: the last ones. */
const MAX_KEPT = 16;

/** How many different failures a message tells. */
const MAX_TOLD = 16;

/** The attempts of one outage, or of one connect, that have failed. */
export class FailedAttempts {
  readonly #kept: ConnectAttempt[] = [];
  readonly #maxKept: number;
  #count = 0;

  /** `isEndless`: only the last few are kept. */
  constructor(isEndless: boolean) {
    this.#maxKept = isEndless ? MAX_KEPT : Infinity;
  }

  get last(): ConnectAttempt | undefined {
    return this.#kept.at(-1);
  }

  add(attempt: ConnectAttempt): void {
    this.#count++;
    this.#kept.push(attempt);
    if (this.#kept.length > this.#maxKept) this.#kept.shift();
  }

  /**
   * One error for all of them: with the code that they share, or `NO_SERVERS`; it names every server and phase, and its
   * `attempts` have the details.
   */
  toError(): NatsError {
    const { last } = this;
    const attempts = [...this.#kept];
    if (last === undefined) return new ConnectionError("NO_SERVERS", "no server is left to connect to");
    if (attempts.length === 1) return last.error;
    const facts = { attempts, cause: last.error };
    const message = `can't connect (${this.#extent(attempts)}): ${told(attempts)}`;
    if (attempts.some(({ error }) => error.code !== last.error.code)) {
      return new ConnectionError("NO_SERVERS", message, facts);
    }
    // The same class and code as each of them, so that a wrong password is told as such by a list of servers too.
    const Shared = last.error.constructor as new (code: string, message: string, facts: object) => NatsError;
    return new Shared(last.error.code, message, facts);
  }

  #extent(attempts: readonly ConnectAttempt[]): string {
    const servers = new Set(attempts.map(({ server }) => server)).size;
    const tried = servers === 1 ? "1 server" : `${servers} servers`;
    return servers === this.#count ? tried : `${tried}, ${this.#count} attempts`;
  }
}

/** Each different failure once, in the order in which they came. */
function told(attempts: readonly ConnectAttempt[]): string {
  const failures = new Set(
    attempts.map(({ server, phase, error }) => `${server} (${phase}): ${error.message}`),
  );
  const more = failures.size > MAX_TOLD ? `; and ${failures.size - MAX_TOLD} more` : "";
  return [...failures].slice(0, MAX_TOLD).join("; ") + more;
}

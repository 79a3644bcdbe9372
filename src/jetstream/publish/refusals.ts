import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import type { Context } from "../context.ts";
import { type Absence, findAbsence, missingStream } from "./missing-stream.ts";
import type { Publication } from "./publication.ts";
import type { ResolvedPublisherOptions } from "./publisher-options.ts";

/** A rest becomes no longer than the first one times this. */
const LONGEST = 16;

/** Decides how long messages are sent again that no stream took, or that the server was too busy to take. */
export class Refusals {
  readonly #context: Context;
  readonly #options: ResolvedPublisherOptions;
  /** Rests since something was taken. */
  #fruitless = 0;
  /** When the server first said that it is too busy, since something was taken. */
  #busySince: number | undefined;
  /** Why nobody takes anything; asked once until something is taken. */
  #absence: Promise<Absence> | undefined;

  constructor(context: Context, options: ResolvedPublisherOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Milliseconds before the next attempt. */
  get delay(): number {
    const { retryDelay } = this.#options;
    return this.#busySince === undefined
      ? retryDelay
      : growingPause(retryDelay, this.#fruitless, LONGEST * retryDelay);
  }

  /** A stream has stored something. */
  onTaken(): void {
    if (this.#fruitless === 0 && this.#absence === undefined) return;
    this.#fruitless = 0;
    this.#busySince = undefined;
    this.#absence = undefined;
  }

  onRest(): void {
    this.#fruitless++;
  }

  /** Whether a refused publication is sent again, or the error that it fails with. */
  judge(publication: Publication, error: NatsError, isResting: boolean): "again" | Promise<NatsError> {
    const mayRepeat = isNatsError(error, "NO_RESPONDERS")
      ? this.#mayAskAgain(publication, isResting)
      : this.#isPatient();
    if (mayRepeat) return "again";
    return isNatsError(error, "NO_RESPONDERS")
      ? this.#explain(publication.subject, error)
      : Promise.resolve(error);
  }

  /**
   * Each message is published again `retries` times. But if nothing at all was taken in so many rests, later messages don't get
   * as many attempts again: thousands would hear late that there is no stream.
   */
  #mayAskAgain(publication: Publication, isResting: boolean): boolean {
    const { retries } = this.#options;
    if (publication.attempts >= retries) return false;
    publication.attempts++;
    return isResting || this.#fruitless < retries;
  }

  /** A busy server gets as much time as one that does not answer. */
  #isPatient(): boolean {
    const { retries, timeout } = this.#options;
    const now = performance.now();
    this.#busySince ??= now;
    return retries > 0 && now - this.#busySince <= timeout;
  }

  async #explain(subject: string, cause: NatsError): Promise<NatsError> {
    this.#absence ??= findAbsence(this.#context, subject, {});
    return missingStream(subject, await this.#absence, cause);
  }
}

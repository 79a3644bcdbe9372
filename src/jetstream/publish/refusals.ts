import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import type { Context } from "../context.ts";
import { type Absence, findAbsence, missingStream } from "./missing-stream.ts";
import type { Publication } from "./publication.ts";
import type { ResolvedPublisherOptions } from "./publisher-options.ts";

/** A rest becomes no longer than the first one times this. */
const LONGEST = 16;

/** Messages that nobody took, or that the server was too busy to take: how long they are sent again. */
export class Refusals {
  readonly #context: Context;
  readonly #options: ResolvedPublisherOptions;
  /** Rests since something was taken. */
  #fruitless = 0;
  /** When the server asked for patience first since something was taken. */
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

  /** What becomes of a refused publication: it is sent again, or this is what it fails with. */
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
   * Each is published again so many times. If nothing at all was taken in as many rests, those that come later are not
   * given as many again: thousands would be told late that there is no stream.
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

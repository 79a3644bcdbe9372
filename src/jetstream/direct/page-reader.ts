import { isNatsError } from "../../core/errors.ts";
import { rest } from "../../core/rest.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import type { KnownStream } from "../stream/known-stream.ts";
import { lostReplies, needsDirect } from "./direct-errors.ts";
import type { DirectRequest } from "./direct-request.ts";
import { isWhole, type Page, readPage } from "./page.ts";

/** How often a page is asked for if messages of it get lost on their way. */
const TRIES = 3;

/** Milliseconds before a page is asked for again if nobody could answer. */
const RETRY_DELAY = 100;

/** The time that a page may take, with all its tries. */
interface Attempts {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads pages of messages. A page is handed out when all of it is here, so that it can be asked for again: when the link is
 * lost in the middle, when one of its messages got lost, and while no server answers.
 */
export class PageReader {
  readonly #context: Context;
  readonly #stream: KnownStream;

  constructor(context: Context, stream: KnownStream) {
    this.#context = context;
    this.#stream = stream;
  }

  get stream(): string {
    return this.#stream.name;
  }

  async read(
    request: DirectRequest,
    { timeout = this.#context.timeout, signal }: WaitOptions,
  ): Promise<Page> {
    const attempts = { deadline: performance.now() + timeout, signal };
    let reason: unknown;
    for (let lost = 0; lost < TRIES;) {
      try {
        const limits = { timeout: remaining(attempts), signal };
        const page = await readPage(this.#context, this.stream, request, limits);
        if (request.no_hdr === true || isWhole(page)) return page;
        lost += 1;
      } catch (error) {
        // The reason of the retries says more than that the time is up.
        if (isNatsError(error, "TIMEOUT") || performance.now() >= attempts.deadline) throw reason ?? error;
        await this.#prepareRetry(error, attempts);
        reason = error;
      }
    }
    throw lostReplies(this.stream, TRIES);
  }

  /** Resolves when it is worth while to ask again; rejects if it is not. */
  async #prepareRetry(error: unknown, attempts: Attempts): Promise<void> {
    if (isNatsError(error, "DISCONNECTED")) {
      await this.#reconnected(error, attempts);
      return;
    }
    if (isNatsError(error, "NO_RESPONDERS")) await this.#checkAllowed(error, attempts);
    else if (!isNatsError(error, "TOO_MANY_REQUESTS")) throw error;
    if (remaining(attempts) <= RETRY_DELAY) throw error;
    const { signal } = attempts;
    await rest(RETRY_DELAY, { signal }, { what: `messages of the stream "${this.stream}"` });
  }

  async #reconnected(error: unknown, attempts: Attempts): Promise<void> {
    const { connection } = this.#context;
    if (connection.server !== undefined) return;
    try {
      await connection.once("reconnected", limitsOf(attempts));
    } catch (thrown) {
      throw isNatsError(thrown, "TIMEOUT") ? error : thrown;
    }
  }

  /** Nobody answers. Rejects if the stream has gone or does not allow direct reads; else it has no leader for a moment. */
  async #checkAllowed(cause: unknown, attempts: Attempts): Promise<void> {
    const { config } = await this.#stream.ask(limitsOf(attempts));
    if (config.allowDirect !== true) throw needsDirect(this.stream, cause);
  }
}

/** Milliseconds that are left. */
function remaining({ deadline }: Attempts): number {
  return Math.max(1, Math.ceil(deadline - performance.now()));
}

function limitsOf(attempts: Attempts): WaitOptions {
  const timeout = remaining(attempts);
  return attempts.signal === undefined ? { timeout } : { timeout, signal: attempts.signal };
}

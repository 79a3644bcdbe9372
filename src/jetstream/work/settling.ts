import { isNatsError, type NatsError, SubscriptionError, toError } from "../../core/errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";
import type { DeadLetterBox } from "./dead-letter-box.ts";
import { ackNotSent, handlerFailed, hasInvalidValue, letterNotKept, textOf } from "./handler-errors.ts";
import type { RedeliveryClock } from "./redelivery-clock.ts";
import type { DeathReason, RetryPlan, Verdict } from "./retry-plan.ts";
import type { Failure } from "./run.ts";

/** How many messages have come to which end. */
export interface SettlingCounts {
  acked: number;
  retried: number;
  givenUp: number;
}

/** A consumer, as far as its messages are to be settled. */
export interface SettlingConsumer {
  readonly clock: RedeliveryClock;
  readonly takesAcks: boolean;
}

/** What {@link Settling} goes by. */
export interface SettlingHost {
  /** May become known late: it is asked for each failure. */
  readonly consumer: SettlingConsumer;
  /** The handler failed. Its message comes again after `delay` milliseconds; undefined: it doesn't. */
  onHandlerError(message: JetStreamMessage, error: NatsError, delay: number | undefined): void;
}

/** What came of keeping a dead letter. */
interface Kept {
  /** Stands behind the reason of the `term`. */
  readonly note: string;
  /** Why there is no letter. */
  readonly unkept: NatsError | undefined;
}

/** So much of a cause goes with a `term`. */
const REASON_LENGTH = 256;

/**
 * Settles messages when their handlers have ended, and counts. If a handler has settled its message itself, that stays. Methods
 * return a promise if a dead letter must be kept first; it never rejects.
 */
export class Settling {
  readonly counts: SettlingCounts = { acked: 0, retried: 0, givenUp: 0 };
  readonly #plan: RetryPlan<JetStreamMessage>;
  readonly #deadLetters: DeadLetterBox | undefined;
  readonly #host: SettlingHost;

  constructor(plan: RetryPlan<JetStreamMessage>, deadLetters: DeadLetterBox | undefined, host: SettlingHost) {
    this.#plan = plan;
    this.#deadLetters = deadLetters;
    this.#host = host;
  }

  /** The handler has ended well. */
  succeed(message: JetStreamMessage): Promise<void> | undefined {
    if (message.settled !== undefined) return this.#settledByHandler(message, undefined);
    const error = this.#send(() => message.ack());
    if (error === undefined) this.counts.acked++;
    else this.#leave(message, error);
    return undefined;
  }

  /** The handler has failed. `isOne`: it had this message alone, so that the error is about it. */
  fail(message: JetStreamMessage, thrown: unknown, isOne: boolean): Promise<void> | undefined {
    if (message.settled !== undefined) return this.#settledByHandler(message, { thrown });
    const verdict = this.#verdict(message, thrown, isOne);
    const error = handlerFailed(message, thrown, verdict.fault);
    if (verdict.type === "give-up") return this.#giveUp(message, error, thrown, verdict.reason);
    this.#retry(message, error, verdict.delay);
    return undefined;
  }

  /** The handler takes too long: its message comes again by itself, `wait` milliseconds from now. */
  overdue(
    message: JetStreamMessage,
    error: NatsError,
    wait: number,
    isOne: boolean,
  ): Promise<void> | undefined {
    if (message.settled !== undefined) return this.#settledByHandler(message, { thrown: error });
    const verdict = this.#verdict(message, error, isOne);
    if (verdict.type === "give-up") return this.#giveUp(message, error, error, verdict.reason);
    this.counts.retried++;
    this.#host.onHandlerError(message, error, Math.max(0, Math.round(wait)));
    return undefined;
  }

  /**
   * A handler has ended well though nobody waits for it any longer: its message is acked. `isExpected`: it was told to give up,
   * and may have done so.
   */
  succeedLate(message: JetStreamMessage, isExpected: boolean): void {
    if (message.settled !== undefined) return;
    const error = this.#send(() => message.ack());
    if (error === undefined) this.counts.acked++;
    else if (!isExpected) this.#tellUnacked(message, error);
  }

  /** The connection is closed, maybe by the handler itself. */
  #tellUnacked(message: JetStreamMessage, error: NatsError): void {
    const wait = this.#host.consumer.clock.waitAfter(message.deliveries);
    this.#host.onHandlerError(message, ackNotSent(message, error), wait);
  }

  /** A handler has failed after the end of the work: another one may try at once. `isExpected`: it was told to give up. */
  failLate(message: JetStreamMessage, thrown: unknown, isExpected: boolean): void {
    if (message.settled === undefined && this.#send(() => message.nak()) === undefined) this.counts.retried++;
    if (!isExpected) this.#host.onHandlerError(message, handlerFailed(message, thrown, undefined), 0);
  }

  #verdict(message: JetStreamMessage, thrown: unknown, isOne: boolean): Verdict {
    const { clock } = this.#host.consumer;
    const isAbout = isOne || (isNatsError(thrown, "INVALID_VALUE") && hasInvalidValue(message));
    return isAbout
      ? this.#plan.verdict(thrown, message, clock)
      : this.#plan.verdictOfMany(thrown, message, clock);
  }

  #retry(message: JetStreamMessage, error: NatsError, delay: number): void {
    const unsent = this.#nak(message, delay);
    if (unsent !== undefined) {
      this.#leave(message, unsent);
      return;
    }
    this.counts.retried++;
    this.#host.onHandlerError(message, error, delay);
  }

  #nak(message: JetStreamMessage, delay: number): NatsError | undefined {
    const { clock } = this.#host.consumer;
    // No clock holds up a nak that names no delay.
    return this.#send(() =>
      delay > 0 ? message.nakAfter(clock.nakDelay(delay, message.deliveries)) : message.nak(),
    );
  }

  /** It could not be settled: it comes again when its ack wait is over. */
  #leave(message: JetStreamMessage, error: NatsError): void {
    this.counts.retried++;
    this.#host.onHandlerError(message, error, this.#host.consumer.clock.waitAfter(message.deliveries));
  }

  async #giveUp(
    message: JetStreamMessage,
    error: NatsError,
    thrown: unknown,
    reason: DeathReason,
  ): Promise<void> {
    const { clock } = this.#host.consumer;
    const cause = textOf(thrown);
    const { note, unkept } = await this.#keep(message, reason, cause);
    // A handler that was given up may have ended well meanwhile.
    if (message.settled !== undefined) return;
    if (unkept === undefined) {
      this.#bury(message, reason, `${cause.slice(0, REASON_LENGTH)} ${note}`.trim());
    } else if (!clock.isLast(message.deliveries)) {
      this.#retry(message, unkept, clock.waitAfter(message.deliveries));
      return;
    }
    this.counts.givenUp++;
    this.#host.onHandlerError(message, unkept ?? error, undefined);
  }

  #bury(message: JetStreamMessage, reason: DeathReason, text: string): void {
    if (reason === "terminated" || this.#deadLetters !== undefined) {
      this.#send(() => message.term(text));
      return;
    }
    // A term would remove the message from a work queue, and there is no copy. This way it stays there, and the server tells
    // by an advisory that it was delivered as often as may be.
    this.#nak(message, 0);
  }

  /** Keeps a dead letter, if there is a place for them. */
  async #keep(message: JetStreamMessage, reason: DeathReason, cause: string | undefined): Promise<Kept> {
    try {
      const note = await this.#deadLetters?.add(message, { reason, cause });
      return { note: typeof note === "string" ? note : "", unkept: undefined };
    } catch (thrown) {
      return { note: "", unkept: letterNotKept(message, toError(thrown), cause) };
    }
  }

  #settledByHandler(message: JetStreamMessage, failure: Failure | undefined): Promise<void> | undefined {
    const { settled } = message;
    if (settled === "ack") this.counts.acked++;
    else if (settled === "nak") this.counts.retried++;
    else this.counts.givenUp++;
    // Undefined may be thrown, too.
    const error = failure === undefined ? undefined : handlerFailed(message, failure.thrown, undefined);
    if (settled === "term" && this.#deadLetters !== undefined) return this.#keepTermed(message, error);
    if (error !== undefined) this.#host.onHandlerError(message, error, settled === "nak" ? 0 : undefined);
    return undefined;
  }

  /** The handler has termed its message, which is still here. */
  async #keepTermed(message: JetStreamMessage, failure: NatsError | undefined): Promise<void> {
    const cause = message.termReason ?? (failure === undefined ? undefined : textOf(failure.cause));
    const { unkept } = await this.#keep(message, "terminated", cause);
    const error = unkept ?? failure;
    if (error !== undefined) this.#host.onHandlerError(message, error, undefined);
  }

  /** Sends what settles a message; the error if that can't be sent. */
  #send(send: () => void): NatsError | undefined {
    if (!this.#host.consumer.takesAcks) return undefined;
    try {
      send();
      return undefined;
    } catch (thrown) {
      if (isNatsError(thrown)) return thrown;
      return new SubscriptionError("HANDLER_FAILED", toError(thrown).message, { cause: thrown });
    }
  }
}

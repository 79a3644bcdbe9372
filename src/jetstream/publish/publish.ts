import { aSignal, type Checks, checkOptions, milliseconds } from "../../core/checks.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import { growingPause } from "../../core/growing-pause.ts";
import type { Message } from "../../core/message.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { Context } from "../context.ts";
import { FORMER_MESSAGE_OPTIONS, type GivenMessageOptions, MESSAGE_CHECKS } from "./check-message-options.ts";
import type { JetStreamPublishOptions, PubAck, RetryOptions } from "./message-options.ts";
import { findAbsence, missingStream } from "./missing-stream.ts";
import { type OutgoingMessage, outgoingMessage, ownPayload } from "./outgoing-message.ts";
import { readPubAck } from "./pub-ack.ts";
import { isPostponed, latePublish, verdict } from "./publish-errors.ts";
import { rest } from "../../core/rest.ts";
import { resolveRetries, RETRY_CHECKS } from "./retry-options.ts";

/** {@link JetStreamPublishOptions} with the schema of a value. */
export type GivenPublishOptions = JetStreamPublishOptions & GivenMessageOptions;

const CHECKS: Checks<GivenPublishOptions> = {
  ...MESSAGE_CHECKS,
  ...RETRY_CHECKS,
  timeout: milliseconds,
  signal: aSignal,
};

/** Publishes, and waits until the stream has stored it; see `JetStream.publish`. */
export async function publish(
  context: Context,
  subject: string,
  data?: unknown,
  given: GivenPublishOptions = {},
): Promise<PubAck> {
  const checked = checkOptions(given, CHECKS, undefined, FORMER_MESSAGE_OPTIONS);
  const message = outgoingMessage(
    subject,
    data,
    checked as GivenMessageOptions & { readonly headers?: MessageHeaders },
  );
  const { timeout = context.timeout, signal } = checked;
  const rules = { ...resolveRetries(checked), timeout, ...(signal === undefined ? {} : { signal }) };
  return await new SinglePublish(context, message, rules).run();
}

type Rules = Required<RetryOptions> & WaitOptions & { readonly timeout: number };

/** One message on its way into a stream, through all attempts. */
class SinglePublish {
  readonly #context: Context;
  readonly #message: OutgoingMessage;
  readonly #rules: Rules;
  readonly #startedAt = performance.now();
  /** The failure of an attempt after which the message may be stored. */
  #uncertain: NatsError | undefined;
  #attempts = 0;
  /** How often nobody took it. */
  #refused = 0;
  /** How often the server asked for patience. */
  #postponed = 0;

  constructor(context: Context, message: OutgoingMessage, rules: Rules) {
    this.#context = context;
    this.#rules = rules;
    const mayRepeat = rules.retries > 0;
    this.#message = mayRepeat ? { ...message, payload: ownPayload(message.payload) } : message;
  }

  async run(): Promise<PubAck> {
    for (;;) {
      const hadLink = this.#context.connection.server !== undefined;
      const failed = await this.#attempt();
      if (!isNatsError(failed)) return failed;
      if (failed.sent === true) this.#uncertain = failed;
      await this.#prepareNext(failed, hadLink);
    }
  }

  /** The ack, or why there is none. */
  async #attempt(): Promise<PubAck | NatsError> {
    this.#attempts++;
    const { subject, payload, headers } = this.#message;
    const { signal } = this.#rules;
    const limits = { timeout: this.#attemptTime, ...(signal === undefined ? {} : { signal }) };
    const options = headers === undefined ? limits : { ...limits, headers };
    let reply: Message;
    try {
      reply = await this.#context.connection.request(subject, payload, options);
    } catch (thrown) {
      return thrown as NatsError;
    }
    return readPubAck(reply.string(), subject);
  }

  /** Milliseconds left in all. */
  get #left(): number {
    return Math.max(0, this.#startedAt + this.#rules.timeout - performance.now());
  }

  /** Whether another attempt after so many milliseconds would have as many to be answered in. */
  #hasTimeAfter(delay: number): boolean {
    return this.#left > 2 * delay;
  }

  /**
   * With an id the attempts share the time: one that got no answer is repeated while there is some left. Requests of one
   * limit share a timer, so that the first attempt, which most have alone, has the limit as it was given.
   */
  get #attemptTime(): number {
    const { timeout, retries } = this.#rules;
    const left = this.#attempts === 1 ? timeout : Math.ceil(this.#left);
    return this.#message.hasMsgId ? Math.min(left, Math.ceil(timeout / (retries + 1))) : left;
  }

  /** Returns when it can be published again; throws if it can't, or may not. */
  async #prepareNext(error: NatsError, hadLink: boolean): Promise<void> {
    const { retries, retryDelay } = this.#rules;
    if (isNatsError(error, "NO_RESPONDERS")) {
      if (this.#refused++ >= retries || !this.#hasTimeAfter(retryDelay)) throw await this.#nobody(error);
      await this.#rest(retryDelay);
    } else if (isPostponed(error)) {
      const delay = growingPause(retryDelay, this.#postponed++);
      if (retries === 0 || !this.#hasTimeAfter(delay)) throw this.#last(error);
      await this.#rest(delay);
    } else if (isNatsError(error, "TIMEOUT")) {
      if (!this.#message.hasMsgId || this.#left < 1) throw this.#late(error);
    } else if (isNatsError(error, "DISCONNECTED") && this.#mayRepeat(error, hadLink)) {
      await this.#untilConnected(error);
    } else {
      throw this.#last(error);
    }
  }

  /** What was on its way when the link was lost is repeated with an id only; what had to wait in any case. */
  #mayRepeat({ sent }: NatsError, hadLink: boolean): boolean {
    if (this.#rules.retries === 0) return false;
    return sent === true ? this.#message.hasMsgId : hadLink;
  }

  async #untilConnected(error: NatsError): Promise<void> {
    const { connection } = this.#context;
    if (connection.server !== undefined) return;
    const { signal } = this.#rules;
    try {
      await connection.once("reconnected", {
        timeout: this.#left,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (thrown) {
      throw isNatsError(thrown, "ABORTED")
        ? thrown.add({ sent: this.#uncertain !== undefined })
        : this.#last(error);
    }
  }

  async #rest(delay: number): Promise<void> {
    const { subject } = this.#message;
    const what = `another attempt to publish to "${subject}"`;
    const { signals } = this.#context.connection.foundation;
    const { signal } = this.#rules;
    await rest(delay, signal === undefined ? {} : { signal: signals.of(signal) }, {
      what,
      subject,
      sent: this.#uncertain !== undefined,
    });
  }

  async #nobody(cause: NatsError): Promise<NatsError> {
    const { subject } = this.#message;
    const { signal } = this.#rules;
    const limits = signal === undefined ? {} : { signal };
    return this.#last(missingStream(subject, await findAbsence(this.#context, subject, limits), cause));
  }

  #last(error: NatsError): NatsError {
    return verdict(error, this.#uncertain);
  }

  #late(cause: NatsError): NatsError {
    const { subject } = this.#message;
    const { timeout } = this.#rules;
    const sent = this.#uncertain !== undefined;
    const elapsed = Math.round(performance.now() - this.#startedAt);
    return latePublish(subject, timeout, { elapsed, sent, cause });
  }
}

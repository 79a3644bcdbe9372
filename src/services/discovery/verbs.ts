import type { Connection } from "../../core/connection/connection.ts";
import type { Subscription } from "../../core/delivery/subscription.ts";
import { isNatsError, type NatsError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { writeExactly } from "../../core/write-exactly.ts";
import { errorHeaders } from "../endpoint/error-headers.ts";
import { shortened } from "./shortened.ts";
import { type Verb, verbSubject } from "./wire.ts";

/** What the verbs need of their service. */
export interface VerbsHost {
  readonly connection: Connection;
  readonly prefix: string;
  readonly name: string;
  readonly id: string;
  /** The body of each answer. */
  readonly answers: Readonly<Record<Verb, () => object | Promise<object>>>;
  /** An answer could not be sent. */
  onUnanswered(error: NatsError): void;
  /** The server refuses a subject: the service can't be found as it should. */
  onDenied(error: NatsError): void;
}

const VERBS: readonly Verb[] = ["PING", "INFO", "STATS"];

/** So many answers may be in the making: the data of stats may take time. */
const CONCURRENCY = 64;

/** Lets a service be found: answers the verbs that are meant for all services, for those of its name, and for this instance. */
export class Verbs {
  readonly #host: VerbsHost;
  readonly #subscriptions: readonly Subscription[];

  /** Throws what `subscribe` throws. */
  constructor(host: VerbsHost) {
    this.#host = host;
    const { prefix, name, id } = host;
    const made: Subscription[] = [];
    try {
      for (const verb of VERBS) {
        made.push(this.#subscribe(verb, verbSubject(prefix, verb)));
        made.push(this.#subscribe(verb, verbSubject(prefix, verb, name)));
        made.push(this.#subscribe(verb, verbSubject(prefix, verb, name, id)));
      }
    } catch (thrown) {
      for (const subscription of made) subscription.unsubscribe();
      throw thrown;
    }
    this.#subscriptions = made;
  }

  /** Milliseconds that leaving an `await using` block may take. */
  get disposeTimeout(): number {
    return this.#subscriptions[0]!.disposeTimeout;
  }

  /** The error with which the server has refused a subject, if it has. */
  async denial(): Promise<NatsError | undefined> {
    const ended = this.#subscriptions.filter(({ state }) => state === "closed");
    const ends = await Promise.all(ended.map(({ closed }) => closed));
    return ends.find(({ reason }) => reason === "failed")?.error;
  }

  /** Takes no more verbs, and answers those that have come. Resolves with whether that ended in time. */
  async drain(limits: WaitOptions): Promise<boolean> {
    const reports = await Promise.all(this.#subscriptions.map((subscription) => subscription.drain(limits)));
    return !reports.some(({ timedOut }) => timedOut);
  }

  /** Takes no more verbs, and drops those that have come. */
  end(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #subscribe(verb: Verb, subject: string): Subscription {
    const subscription = this.#host.connection.subscribe(subject, {
      callback: (message) => this.#answer(verb, message),
      concurrency: CONCURRENCY,
    });
    void subscription.closed.then(({ reason, error }) => {
      if (reason === "failed" && error !== undefined) this.#host.onDenied(error);
    });
    return subscription;
  }

  async #answer(verb: Verb, message: Message): Promise<void> {
    try {
      this.#respond(message, await this.#host.answers[verb]());
    } catch (thrown) {
      // Without a reply subject nobody waits for the answer.
      if (!isNatsError(thrown, "MESSAGE_WITHOUT_REPLY")) this.#host.onUnanswered(thrown as NatsError);
    }
  }

  /** Throws even if a shorter form of the answer was sent. */
  #respond(message: Message, answer: object): void {
    try {
      message.respond(writeExactly(answer));
    } catch (thrown) {
      if (isNatsError(thrown, "MAX_PAYLOAD_EXCEEDED")) respondInPart(message, answer, thrown.message);
      throw thrown;
    }
  }
}

/** Sends the fullest form that is small enough: to whoever asks, a service without an answer would seem to be gone. */
function respondInPart(message: Message, answer: object, why: string): void {
  for (const { body, isPart } of shortened(answer)) {
    try {
      message.respond(writeExactly(body), isPart ? { headers: errorHeaders(500, why) } : {});
      return;
    } catch {
      // The next one is shorter.
    }
  }
}

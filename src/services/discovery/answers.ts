import { AsyncSequence, DONE } from "../../core/delivery/async-sequence.ts";
import { isNatsError, type NatsError, toError, ValueError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import { parseExactly } from "../../core/parse-exactly.ts";
import { errorOf } from "../client/error-of.ts";
import { MalformedAnswer } from "./wire.ts";

/** How answers are read. */
export interface AnswerReader<T> {
  /** The subject that was asked. */
  readonly subject: string;
  read(answer: unknown): T;
  /** An answer can't be read, and is passed over. */
  report(error: NatsError): void;
}

type Result<T> = IteratorResult<T, undefined>;

/** The answers of services. An answer that can't be read is passed over, and reported. That no service answers is no failure. */
export class Answers<T> extends AsyncSequence<T> {
  readonly #responses: AsyncSequence<Message>;
  readonly #reader: AnswerReader<T>;

  constructor(responses: AsyncSequence<Message>, reader: AnswerReader<T>) {
    super();
    this.#responses = responses;
    this.#reader = reader;
  }

  async next(): Promise<Result<T>> {
    for (;;) {
      const response = await this.#nextResponse();
      if (response === undefined) return DONE;
      try {
        return { value: this.#read(response), done: false };
      } catch (thrown) {
        this.#reader.report(this.#faultOf(thrown));
      }
    }
  }

  async return(): Promise<Result<T>> {
    await this.#responses.return();
    return DONE;
  }

  async #nextResponse(): Promise<Message | undefined> {
    try {
      return (await this.#responses.next()).value;
    } catch (error) {
      if (isNatsError(error, "NO_RESPONDERS")) return undefined;
      throw error;
    }
  }

  #read(response: Message): T {
    const error = errorOf(response, this.#reader.subject);
    if (error !== undefined) throw error;
    return this.#reader.read(parseExactly(response.string()));
  }

  #faultOf(thrown: unknown): NatsError {
    if (isNatsError(thrown)) return thrown;
    const { subject } = this.#reader;
    const cause = toError(thrown);
    const issues = [thrown instanceof MalformedAnswer ? thrown.issue : { message: cause.message }];
    const text = `an answer to "${subject}" was passed over, for it is invalid: ${cause.message}`;
    return new ValueError(text, issues, { subject, cause });
  }
}

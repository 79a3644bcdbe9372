import { checkWait } from "../../core/call-options.ts";
import type { Connection } from "../../core/connection/connection.ts";
import type { AsyncSequence } from "../../core/delivery/async-sequence.ts";
import { isNatsError, type NatsError, SubscriptionError } from "../../core/errors.ts";
import type { Message } from "../../core/message.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import type { JetStreamErrorFacts } from "../errors.ts";
import type { ApiCall } from "./api-call.ts";
import type { Api, ApiAnswer, ApiRequest } from "./api.ts";
import { checkLevel, LEVEL_HEADER } from "./level.ts";
import { nobodyAnswers, tellWhyNobodyAnswers } from "./nobody-answers.ts";
import { Pages } from "./pages.ts";
import { readAnswer } from "./read-answer.ts";
import { writeExactly } from "../../core/write-exactly.ts";

export interface RequestApiOptions {
  /** What API subjects begin with, without the last dot. */
  readonly prefix: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly trace?: ((call: ApiCall) => void) | undefined;
}

/** An API call on its way. */
interface Call {
  readonly subject: string;
  readonly request: Uint8Array;
  readonly facts: JetStreamErrorFacts;
  response?: Uint8Array;
}

const NO_BODY = new Uint8Array();

/** The request API of JetStream over a connection. */
export class RequestApi implements Api {
  readonly #connection: Connection;
  readonly #options: RequestApiOptions;
  #hasAnswered = false;

  constructor(connection: Connection, options: RequestApiOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    const { options = {}, level } = request;
    const limits = checkWait(options);
    const call = this.#newCall(request);
    checkLevel(level, this.#connection.info, this.#options.prefix, call.facts);
    const startedAt = performance.now();
    try {
      const answer = await this.#ask(call, level, limits);
      this.#trace(call, startedAt);
      return answer;
    } catch (thrown) {
      this.#trace(call, startedAt, thrown as NatsError);
      throw thrown;
    }
  }

  pages<T>(
    request: ApiRequest,
    read: (page: ApiAnswer) => readonly T[],
    nameOf?: (item: T) => string,
  ): AsyncSequence<T> {
    const { stream, consumer } = request;
    const ask = (offset: number): Promise<ApiAnswer> =>
      this.request({ ...request, body: offset === 0 ? request.body : { ...request.body, offset } });
    return new Pages(ask, read, { subject: this.#subjectOf(request), stream, consumer }, nameOf);
  }

  #subjectOf({ subject }: ApiRequest): string {
    return `${this.#options.prefix}.${subject}`;
  }

  #newCall(request: ApiRequest): Call {
    const { body, stream, consumer } = request;
    const subject = this.#subjectOf(request);
    const bytes = body === undefined ? NO_BODY : new TextEncoder().encode(writeExactly(body));
    return { subject, request: bytes, facts: { subject, stream, consumer } };
  }

  async #ask(call: Call, level: number | undefined, limits: WaitOptions): Promise<ApiAnswer> {
    const headers = level === undefined ? {} : { headers: { [LEVEL_HEADER]: String(level) } };
    const options = { timeout: this.#options.timeout, ...limits, ...headers };
    let response: Message;
    try {
      response = await this.#connection.foundation.requestLiteral(call.subject, call.request, options);
    } catch (thrown) {
      if (!isNatsError(thrown, "NO_RESPONDERS")) throw thrown;
      throw await this.#whyNobodyAnswers(call, thrown, limits);
    }
    call.response = response.data;
    this.#hasAnswered = true;
    return readAnswer(response, call.facts);
  }

  // JS-CTX-05
  async #whyNobodyAnswers(call: Call, cause: NatsError, limits: WaitOptions): Promise<NatsError> {
    const { prefix } = this.#options;
    const info = `${prefix}.INFO`;
    const facts = { ...call.facts, cause };
    if (call.subject === info) return nobodyAnswers(prefix, facts);
    const ask = (): Promise<Message> =>
      this.#connection.request(info, NO_BODY, { timeout: this.#options.timeout, ...limits });
    return await tellWhyNobodyAnswers(ask, prefix, facts);
  }

  #trace({ subject, request, response }: Call, startedAt: number, error?: NatsError): void {
    const { trace } = this.#options;
    if (trace === undefined) return;
    const elapsed = performance.now() - startedAt;
    const outcome = {
      ...(response === undefined ? {} : { response }),
      ...(error === undefined ? {} : { error }),
    };
    try {
      trace({ subject, request, ...outcome, elapsed });
    } catch (cause) {
      const message = `the trace of JetStream calls failed for "${subject}": ${String(cause)}`;
      this.#connection.foundation.report(
        new SubscriptionError("LISTENER_FAILED", message, { subject, cause }),
      );
    }
  }
}

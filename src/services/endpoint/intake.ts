import type { Overflow } from "../../core/delivery/overflow.ts";
import { isNatsError, type NatsError, toError } from "../../core/errors.ts";
import { isPromiseLike } from "../../core/is-promise-like.ts";
import { isMessage, type Message } from "../../core/message.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { ServiceError } from "../errors.ts";
import type { ServiceEvent } from "../events.ts";
import { alreadyResponded, handlerFailed } from "../failures.ts";
import { payloadOf } from "./answer.ts";
import { EndpointCounters } from "./counters.ts";
import type { Endpoint } from "./endpoint.ts";
import type { ResolvedEndpoint } from "./endpoint-options.ts";
import { errorHeaders } from "./error-headers.ts";
import { type Answerer, around, type Middleware } from "./middleware.ts";
import { type RequestHost, ServiceRequest } from "./service-request.ts";

/** What the intake needs of its service. */
export interface IntakeHost {
  readonly middleware: readonly Middleware[];
  /** Whether nothing can be sent any more. */
  isClosed(): boolean;
  emit(event: ServiceEvent): void;
}

/** The answer to a request that no handler will see. */
interface Refusal {
  readonly status: number;
  readonly description: string;
  readonly headers: MessageHeaders;
}

const BUSY = refusal("the service is overloaded");
const LEAVING = refusal("the service has stopped");

/** Gives each request of one endpoint to the handler, answers it, and counts. A handler that returns no promise costs none. */
export class Intake implements Overflow, RequestHost {
  readonly endpoint: Endpoint;
  readonly schema: ResolvedEndpoint["request"];
  readonly counters: EndpointCounters = new EndpointCounters();
  readonly #response: ResolvedEndpoint["response"];
  readonly #answerer: Answerer;
  readonly #host: IntakeHost;
  /** For those requests being handled whose signal was asked for. */
  readonly #interruptions = new Set<AbortController>();
  /** Why the requests that are being handled must end. */
  #interruption: NatsError | undefined;

  constructor(endpoint: Endpoint, { handler, request, response }: ResolvedEndpoint, host: IntakeHost) {
    this.endpoint = endpoint;
    this.schema = request;
    this.#response = response;
    this.#host = host;
    this.#answerer = around(host.middleware, request === undefined ? handler : checkedFirst(handler));
  }

  /** Never throws, and what it returns never rejects. */
  handle(message: Message): void | PromiseLike<void> {
    const startedAt = performance.now();
    this.counters.requests++;
    const request = new ServiceRequest(message, this);
    let answer: unknown;
    try {
      answer = this.#answerer(request);
      if (isPromiseLike(answer)) return this.#await(request, startedAt, answer);
    } catch (thrown) {
      this.#onThrown(request, thrown);
      this.#end(request, startedAt);
      return;
    }
    this.#answer(request, answer);
    this.#end(request, startedAt);
  }

  newInterruption(): AbortController {
    const controller = new AbortController();
    if (this.#interruption === undefined) this.#interruptions.add(controller);
    else controller.abort(this.#interruption);
    return controller;
  }

  /** Aborts the signals of all requests that are being handled. */
  interrupt(reason: NatsError): void {
    this.#interruption ??= reason;
    const interruptions = [...this.#interruptions];
    this.#interruptions.clear();
    for (const controller of interruptions) controller.abort(reason);
  }

  onRefused(message: Message, isFirst: boolean): void {
    this.counters.requests++;
    this.#refuse(message, BUSY);
    if (isFirst) this.#tellOverload(1, false);
  }

  onRecovered(refused: number): void {
    this.#tellOverload(refused, true);
  }

  onAbandoned(message: Message): void {
    this.counters.requests++;
    this.#refuse(message, LEAVING);
  }

  #tellOverload(refused: number, isOver: boolean): void {
    this.#host.emit({ type: "overloaded", endpoint: this.endpoint, refused, isOver });
  }

  #refuse(message: Message, { status, description, headers }: Refusal): void {
    this.counters.fail(status, description);
    try {
      message.respond(undefined, { headers });
    } catch (thrown) {
      // Without a reply subject the counters tell, and nothing else.
      if (isNatsError(thrown, "MESSAGE_WITHOUT_REPLY") || this.#host.isClosed()) return;
      this.#host.emit({ type: "error", endpoint: this.endpoint, error: thrown as NatsError });
    }
  }

  async #await(request: ServiceRequest, startedAt: number, answer: PromiseLike<unknown>): Promise<void> {
    try {
      this.#answer(request, await answer);
    } catch (thrown) {
      this.#onThrown(request, thrown);
    }
    this.#end(request, startedAt);
  }

  #answer(request: ServiceRequest, answer: unknown): void {
    if (answer instanceof Error) {
      // Whoever returns an error means to throw it: as JSON it would be "{}".
      this.#onThrown(request, answer);
      return;
    }
    try {
      if (request.hasResponded) {
        if (answer !== undefined) throw alreadyResponded(request.subject);
      } else if (this.#response === undefined && isMessage(answer)) {
        passOn(request, answer);
      } else {
        const payload = payloadOf(this.#response, answer, request.subject);
        // To return an answer to a request that asks for none is a mistake, and throws.
        if (payload !== undefined || request.isAsking) request.respond(payload);
      }
    } catch (thrown) {
      this.#fail(request, new ServiceError(500, toError(thrown).message), thrown as NatsError);
    }
  }

  #onThrown(request: ServiceRequest, thrown: unknown): void {
    const error = toError(thrown);
    const failure = handlerFailed(this.endpoint.name, request.subject, error);
    if (isNatsError(error, "SERVICE_ERROR")) this.#fail(request, error, failure, false);
    else if (request.isPayloadFault(error)) {
      this.#fail(request, new ServiceError(400, error.message), failure, false);
    } else if (this.#isOfInterruption(error)) {
      this.#fail(request, new ServiceError(LEAVING.status, LEAVING.description), failure, false);
    } else this.#fail(request, new ServiceError(500, error.message), failure);
  }

  /** Whether the handler failed because it was interrupted. */
  #isOfInterruption(error: Error): boolean {
    if (this.#interruption === undefined) return false;
    return error === this.#interruption || error.cause === this.#interruption;
  }

  /** Answers with an error. An event tells of it as well if it is a fault of the handler, or could not be sent. */
  #fail(request: ServiceRequest, answer: ServiceError, failure: NatsError, isFault = true): void {
    this.counters.fail(answer.status, answer.description);
    const isTold = !request.hasResponded && this.#tryRespond(request, answer);
    if ((isTold && !isFault) || this.#host.isClosed()) return;
    this.#host.emit({ type: "handlerError", endpoint: this.endpoint, request, error: failure });
  }

  /** Sends an error, and returns whether all of it was sent. If it is too large it goes without data and headers. */
  #tryRespond(request: ServiceRequest, { status, description, data, headers }: ServiceError): boolean {
    try {
      request.respond(data, { headers: errorHeaders(status, description, headers) });
      return true;
    } catch (thrown) {
      const isTooLarge = isNatsError(thrown, "MAX_PAYLOAD_EXCEEDED");
      if (isTooLarge) this.#tryRespond(request, new ServiceError(status, description));
      return false;
    }
  }

  #end(request: ServiceRequest, startedAt: number): void {
    this.counters.add(performance.now() - startedAt);
    const interruption = request.end();
    if (interruption !== undefined) this.#interruptions.delete(interruption);
  }
}

/** The handler, which gets no request that the schema can't read. */
function checkedFirst(handler: Answerer): Answerer {
  return (request) => {
    void request.value;
    return handler(request);
  };
}

/** Answers with a message that was received. */
function passOn(request: ServiceRequest, { data, headers }: Message): void {
  if (headers === undefined) request.respond(data);
  else request.respond(data, { headers });
}

/** Made once, for there may be very many refusals. */
function refusal(description: string): Refusal {
  return { status: 503, description, headers: errorHeaders(503, description) };
}

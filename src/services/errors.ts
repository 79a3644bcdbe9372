import { someHeaders } from "../core/call-options.ts";
import { asGiven, aString, type Checks, checkOptions, wholeNumber } from "../core/checks.ts";
import { NatsError } from "../core/errors.ts";
import { parseJson } from "../core/parse-json.ts";
import type { HeadersInit, MessageHeaders } from "../core/protocol/headers.ts";
import { encodeText } from "../core/protocol/text.ts";
import { payloadOf } from "./endpoint/answer.ts";

/** The codes that services have of their own; `docs/errors.md` has the cause and the remedy of each. */
export const serviceErrorCodes = ["SERVICE_ERROR", "SERVICE_STOPPED", "ALREADY_RESPONDED"] as const;

/** Options of a {@link ServiceError}. */
export interface ServiceErrorOptions {
  /** The payload of the answer: text, bytes and nothing as they are, all else as JSON. */
  readonly data?: unknown;
  /** Headers of the answer beside those that make it an error. */
  readonly headers?: HeadersInit;
}

const OPTIONS: Checks<ServiceErrorOptions> = { data: asGiven, headers: someHeaders };

/**
 * An error by which a service answers, with the code `SERVICE_ERROR`. A handler throws it, and the call of the client rejects with
 * it.
 *
 * @example
 * ```ts
 * import { connect } from "natspeed";
 * import { ServiceError, services } from "natspeed/services";
 *
 * const nc = await connect();
 * const service = await services(nc).add({ name: "stock", version: "1.0.0" });
 * service.endpoint("stock", (request) => {
 *   if (request.string() !== "coffee") throw new ServiceError(404, "there is no such item");
 *   return { pieces: 7 };
 * });
 * const error = await services(nc).request("stock", "tea").catch((error: ServiceError) => error);
 * if (error instanceof ServiceError) console.log(error.status, error.description);
 * await nc.drain();
 * ```
 */
export class ServiceError extends NatsError<"SERVICE_ERROR"> {
  override readonly name = "ServiceError";
  /** As in HTTP: 400, 404, 500 and so on. 0 if the service sent no number. */
  readonly status: number;
  /** What is wrong, for people. */
  readonly description: string;
  /** The payload of the answer: see {@link string} and {@link json}. */
  declare readonly data: Uint8Array;
  /** The headers of the answer. */
  declare readonly headers: MessageHeaders | undefined;

  /** `status` is a whole number from 0 on. Throws `INVALID_OPTION`, `INVALID_HEADER`, `INVALID_VALUE` or `INVALID_PAYLOAD`. */
  constructor(status: number, description: string, options: ServiceErrorOptions = {}) {
    super("SERVICE_ERROR", textOf(wholeNumber("status", status), aString("description", description)));
    const { data, headers } = checkOptions(options, OPTIONS);
    this.status = status;
    this.description = description;
    const payload = payloadOf(undefined, data);
    const bytes = typeof payload === "string" ? encodeText(payload) : (payload ?? new Uint8Array());
    // Not enumerable: a log would print all bytes.
    Object.defineProperty(this, "data", { value: bytes });
    Object.defineProperty(this, "headers", { value: headers });
  }

  /** The payload of the answer as text. */
  string(): string {
    return new TextDecoder().decode(this.data);
  }

  /** The payload of the answer parsed as JSON. Throws `INVALID_JSON`. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller's word for the shape, as everywhere in TypeScript
  json<T = unknown>(): T {
    return parseJson({ subject: this.subject ?? "", string: () => this.string() }, undefined) as T;
  }
}

function textOf(status: number, description: string): string {
  return description === "" ? `the service answered with the error ${status}` : `${description} (${status})`;
}

declare module "../core/errors.ts" {
  interface EntryErrors extends Record<"SERVICE_ERROR", ServiceError> {
    SERVICE_STOPPED: NatsError<"SERVICE_STOPPED">;
    ALREADY_RESPONDED: NatsError<"ALREADY_RESPONDED">;
  }
}

import { someHeaders } from "../../core/call-options.ts";
import { aSignal, type Checks, milliseconds } from "../../core/checks.ts";
import type { Connection } from "../../core/connection/connection.ts";
import type { Message, Payload } from "../../core/message.ts";
import type { HeadersInit } from "../../core/protocol/headers.ts";
import type { WaitOptions } from "../../core/waiter.ts";
import { errorOf } from "./error-of.ts";

/** Options of a call. The default of `timeout` is the connection's `requestTimeout`. */
export interface CallOptions extends WaitOptions {
  /** Headers of the request: made by `headers()`, or what that takes. */
  readonly headers?: HeadersInit;
}

export const CALL: Checks<CallOptions> = { timeout: milliseconds, signal: aSignal, headers: someHeaders };

/** As the connection's request, but rejects with a service's error. The options were checked before. */
export async function call(
  connection: Connection,
  subject: string,
  data: Payload,
  options: CallOptions | undefined,
): Promise<Message> {
  const response = await connection.request(subject, data, options);
  const error = errorOf(response, subject);
  if (error !== undefined) throw error;
  return response;
}

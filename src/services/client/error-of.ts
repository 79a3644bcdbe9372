import type { Message } from "../../core/message.ts";
import { ERROR_CODE_HEADER, ERROR_HEADER } from "../endpoint/error-headers.ts";
import { ServiceError } from "../errors.ts";

/** The error that a response is, if it is one. */
export function errorOf(response: Message, subject: string): ServiceError | undefined {
  const { headers } = response;
  if (headers === undefined) return undefined;
  const code = headers.get(ERROR_CODE_HEADER);
  const description = headers.get(ERROR_HEADER);
  if (code === undefined && description === undefined) return undefined;
  const options = { data: response.data, headers };
  return new ServiceError(statusOf(code), description ?? "", options).add({ subject });
}

/** The status as a number; 0 if the service sent something else. */
function statusOf(code: string | undefined): number {
  return code !== undefined && /^\d{1,9}$/.test(code) ? Number(code) : 0;
}

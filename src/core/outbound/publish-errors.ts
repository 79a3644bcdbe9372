import { ArgumentError } from "../errors.ts";

/** `server` is one that was connected after the message had been published. */
export function tooLarge(subject: string, size: number, maxPayload: number, server?: string): ArgumentError {
  const message = `the message of ${size} bytes, headers included, is larger than the server takes (${maxPayload})`;
  return new ArgumentError("MAX_PAYLOAD_EXCEEDED", message, {
    subject,
    ...(server === undefined ? {} : { server }),
  });
}

export function headersRefused(subject: string, server?: string): ArgumentError {
  const message = `can't publish headers to "${subject}": the server does not support them`;
  return new ArgumentError("HEADERS_NOT_SUPPORTED", message, {
    subject,
    ...(server === undefined ? {} : { server }),
  });
}

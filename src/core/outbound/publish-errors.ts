import { ArgumentError } from "../errors.ts";

export function tooLarge(subject: string, size: number, maxPayload: number): ArgumentError {
  const message = `the message of ${size} bytes to "${subject}", headers included, is larger than the server takes (${maxPayload})`;
  return new ArgumentError("MAX_PAYLOAD_EXCEEDED", message, { subject });
}

export function headersRefused(subject: string): ArgumentError {
  const message = `can't publish headers to "${subject}": the server does not support them`;
  return new ArgumentError("HEADERS_NOT_SUPPORTED", message, { subject });
}

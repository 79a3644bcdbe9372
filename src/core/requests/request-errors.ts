import { AbortError, ConnectionError, NoRespondersError, PermissionError, TimeoutError } from "../errors.ts";

/** Why the connection failed, as the failure of one request. */
export function lostRequest(
  subject: string,
  { code, message, server, cause }: ConnectionError,
  sent: boolean,
): ConnectionError {
  const facts = { subject, server, cause, sent };
  return new ConnectionError(code, `the request to "${subject}" failed: ${message}`, facts);
}

/** Why the server refused a subject, as the failure of one request. */
export function deniedRequest(
  subject: string,
  { code, message, server, queue }: PermissionError,
): PermissionError {
  const text = `the request to "${subject}" was refused: ${message}`;
  return new PermissionError(code, text, { subject, server, queue });
}

export function abortedRequest(subject: string, cause: unknown, sent: boolean): AbortError {
  return new AbortError(`the request to "${subject}" was aborted`, { subject, cause, sent });
}

/** The request was dropped by choice, `whileDisconnected: "drop"`. */
export function droppedRequest(subject: string): ConnectionError {
  const message = `the request to "${subject}" was dropped: there is no link to a server`;
  return new ConnectionError("DISCONNECTED", message, { subject, sent: false });
}

export function noResponders(subject: string): NoRespondersError {
  return new NoRespondersError(subject);
}

export function lateRequest(subject: string, timeout: number, elapsed: number, sent: boolean): TimeoutError {
  const what = sent ? "no response" : "not sent, as there was no link to a server, or it did not read";
  const message = `the request to "${subject}" timed out after ${timeout} ms: ${what}`;
  return new TimeoutError(message, { subject, elapsed, sent });
}

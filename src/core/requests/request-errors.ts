import { AbortError, ConnectionError, PermissionError } from "../errors.ts";

/** Why the connection failed, as the failure of one request. */
export function lostRequest(
  subject: string,
  { code, message, server, sent, cause }: ConnectionError,
): ConnectionError {
  const facts = { subject, server, cause, ...(sent === undefined ? {} : { sent }) };
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

export function abortedRequest(subject: string, signal: AbortSignal): AbortError {
  const cause: unknown = signal.reason;
  return new AbortError(`the request to "${subject}" was aborted`, { subject, cause });
}

/** The request was dropped by choice, `whileDisconnected: "drop"`. */
export function droppedRequest(subject: string): ConnectionError {
  return new ConnectionError(
    "DISCONNECTED",
    `the request to "${subject}" was dropped: there is no link to a server`,
    {
      subject,
      sent: false,
    },
  );
}

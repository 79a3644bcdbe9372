import { AbortError, ConnectionError, type NatsError, PermissionError } from "../errors.ts";

/** What a call on a closed connection throws. */
export function closedError(facts?: { subject: string }): ConnectionError {
  return new ConnectionError("CONNECTION_CLOSED", "the connection is closed", facts);
}

/** What a call that a draining connection refuses throws. */
export function drainingError(subject?: string): ConnectionError {
  return new ConnectionError("CONNECTION_DRAINING", "the connection is draining", { subject });
}

/** What everything that waits ends with when the connection closes; `reason` is absent if it was asked to. */
export function closedFor(reason: NatsError | undefined): ConnectionError {
  const why = reason === undefined ? "" : `: ${reason.message}`;
  return new ConnectionError("CONNECTION_CLOSED", `the connection is closed${why}`, { cause: reason });
}

/** What everything that was sent on a link ends with when the link is gone. */
export function lostLinkError(server: string, cause: NatsError): ConnectionError {
  const message = `the link to ${server} was lost: ${cause.message}`;
  return new ConnectionError("DISCONNECTED", message, { server, cause, sent: true });
}

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

import { ConnectionError, type NatsError, toError } from "./errors.ts";

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

/** What an `import()` of a part that is loaded on demand fails with. */
export function chunkNotLoaded(thrown: unknown): ConnectionError {
  const cause = toError(thrown);
  const message = `a part of natspeed could not be loaded: ${cause.message}`;
  return new ConnectionError("CHUNK_NOT_LOADED", message, { cause });
}

import { type ErrorFacts, isNatsError, type NatsError, TimeoutError } from "../../core/errors.ts";
import { JetStreamError, type PublishFailure } from "../errors.ts";

/**
 * Whether the error says that the stream has not stored the message. A wrong sequence does not say so of a message that was published
 * again: nats-server 2.15 compares sequences before ids, and the last sequence may be that of the message itself.
 */
function isRefusal(error: NatsError): boolean {
  return (
    error instanceof JetStreamError && error.errCode !== undefined && error.code !== "WRONG_LAST_SEQUENCE"
  );
}

/** The same id is being stored just now. */
const IN_PROCESS = 10_158;

// JS-PUB-13, JS-PUBERR-14
/** Not stored now, and to be published again a little later. */
export function isPostponed(error: NatsError): boolean {
  return (
    isNatsError(error, "TOO_MANY_REQUESTS") ||
    (isNatsError(error, "API_ERROR") && error.errCode === IN_PROCESS)
  );
}

/**
 * The error that the application gets for a message that ends with `error`. An earlier attempt without an answer may have been
 * stored, and then the application must know. It was not if the stream has refused the last attempt: that had the same id, so
 * the stream would have called it a duplicate.
 */
export function verdict(error: NatsError, uncertain: NatsError | undefined): NatsError {
  return uncertain === undefined || isRefusal(error) ? error : uncertain;
}

/** There is no ack after so many milliseconds. */
export function latePublish(
  subject: string,
  timeout: number,
  facts: ErrorFacts & { readonly sent: boolean },
): TimeoutError {
  const text = `the publish to "${subject}" got no ack within ${timeout} ms`;
  const why = facts.sent
    ? // JS-PUB-12
      "the message may be stored or not. A stream with noAck never acks: publish to it with nc.publish()"
    : "it was not sent, as there was no link to a server, or it did not read";
  return new TimeoutError(`${text}: ${why}`, { ...facts, subject });
}

/** Some messages of a window failed; `failures` are the first of them. */
export function publishFailed(failed: number, failures: readonly PublishFailure[]): JetStreamError {
  const [first] = failures;
  const others = failed > 1 ? `${failed} messages were` : "a message was";
  const message = `${others} not stored, or may not have been; the first: ${first?.error.message}`;
  return new JetStreamError("PUBLISH_FAILED", message, { failures, failed, cause: first?.error });
}

export function publisherFull(subject: string, reason: string): JetStreamError {
  const message = `the message to "${subject}" was not taken: ${reason}`;
  return new JetStreamError("PUBLISHER_FULL", message, { subject, sent: false, retryable: true });
}

/** Without a subject it is somebody who waits for room. */
export function publisherDrained(subject?: string): JetStreamError {
  if (subject === undefined) return new JetStreamError("PUBLISHER_DRAINED", "the publisher is drained");
  const message = `the message to "${subject}" was not taken: the publisher is drained`;
  return new JetStreamError("PUBLISHER_DRAINED", message, { subject, sent: false });
}

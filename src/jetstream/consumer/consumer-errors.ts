import { JetStreamError } from "../errors.ts";

/** Which consumer, in errors. */
export interface NamedConsumer {
  readonly stream: string;
  readonly name: string;
}

/** A pull was asked of a consumer that pushes, or the reverse. */
export function wrongKind({ stream, name }: NamedConsumer, is: "push" | "pull"): JetStreamError {
  const advice = is === "push" ? "it sends to a subject: use getPush()" : "it has to be asked: use get()";
  const text = `the consumer "${name}" of the stream "${stream}" is of the other kind: ${advice}`;
  return new JetStreamError("WRONG_CONSUMER_KIND", text, { stream, consumer: name });
}

/** Another client has the push consumer, which is for one at a time. */
export function alreadyBound({ stream, name }: NamedConsumer): JetStreamError {
  const text = `the push consumer "${name}" of the stream "${stream}" is read already, and has no queue group to share it`;
  return new JetStreamError("CONSUMER_BOUND", text, { stream, consumer: name, retryable: true });
}

/** An update of what stays as it was created. */
export function unchangeable({ stream, name }: NamedConsumer, argument: string): JetStreamError {
  const text = `"${argument}" of the consumer "${name}" can't be changed: make another consumer`;
  return new JetStreamError("INVALID_CONFIG", text, { stream, consumer: name, argument });
}

/** An ordered consumer that nobody reads has no consumer at the server. */
export function noneInUse(stream: string): JetStreamError {
  const text = `no consumer serves this ordered one of the stream "${stream}": nobody reads it`;
  return new JetStreamError("CONSUMER_NOT_FOUND", text, { stream });
}

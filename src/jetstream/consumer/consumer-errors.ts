import { JetStreamError } from "../errors.ts";

/** Which consumer, in errors. */
export interface NamedConsumer {
  readonly stream: string;
  readonly name: string;
}

/** An update of what stays as it was created. */
export function unchangeable({ stream, name }: NamedConsumer, argument: string): JetStreamError {
  const text = `"${argument}" of the consumer "${name}" can't be changed: make another consumer`;
  return new JetStreamError("INVALID_CONFIG", text, { stream, consumer: name, argument });
}

/** A change that servers pass over in an update, without a word. */
export function notByUpdate({ stream, name }: NamedConsumer, argument: string, how: string): JetStreamError {
  const text = `"${argument}" of the consumer "${name}" can't be changed by an update: ${how}`;
  return new JetStreamError("INVALID_CONFIG", text, { stream, consumer: name, argument });
}

/** An ordered consumer that nobody reads has no consumer at the server. */
export function noneInUse(stream: string): JetStreamError {
  const text = `no consumer serves this ordered one of the stream "${stream}": nobody reads it`;
  return new JetStreamError("CONSUMER_NOT_FOUND", text, { stream });
}

import { JetStreamError } from "../errors.ts";
import type { JetStreamMessage } from "../message/jetstream-message.ts";

/** Which consumer, in errors. */
interface Named {
  readonly stream: string;
  readonly name: string;
}

/** A pull was asked of a consumer that pushes, or the reverse. */
export function wrongKind({ stream, name }: Named, is: "push" | "pull"): JetStreamError {
  const advice = is === "push" ? "it sends to a subject: use getPush()" : "it has to be asked: use get()";
  const text = `the consumer "${name}" of the stream "${stream}" is of the other kind: ${advice}`;
  return new JetStreamError("WRONG_CONSUMER_KIND", text, { stream, consumer: name });
}

/** Another client has the push consumer, which is for one at a time. */
export function alreadyBound({ stream, name }: Named): JetStreamError {
  const text = `the push consumer "${name}" of the stream "${stream}" is read already, and has no queue group to share it`;
  return new JetStreamError("CONSUMER_BOUND", text, { stream, consumer: name, retryable: true });
}

/** What a push consumer's reader gets is of another consumer, too. */
export function sharedSubject(message: JetStreamMessage, name: string): JetStreamError {
  const { stream, consumer } = message;
  const text = `the deliver subject of the consumer "${name}" is also that of the consumer "${consumer}" of the stream "${stream}": its messages come here as well`;
  return new JetStreamError("DELIVER_SUBJECT_SHARED", text, {
    subject: message.received.subject,
    stream,
    consumer,
  });
}

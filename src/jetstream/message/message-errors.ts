import type { Message } from "../../core/message.ts";
import { JetStreamError } from "../errors.ts";

/** The message that can't be settled as asked. */
interface Delivered {
  readonly subject: string;
  readonly stream: string;
  readonly consumer: string;
  readonly seq: number;
}

const THIRD_FORM = { ack: "acked", nak: "nak'd", term: "termed" } as const;

export function alreadySettled(message: Delivered, how: keyof typeof THIRD_FORM): JetStreamError {
  return new JetStreamError(
    "ALREADY_SETTLED",
    `${named(message)} was ${THIRD_FORM[how]} before`,
    factsOf(message),
  );
}

export function notAckable(message: Delivered): JetStreamError {
  const { consumer } = message;
  const text = `${named(message)} takes no acks: its consumer "${consumer}" is configured so`;
  return new JetStreamError("NOT_ACKABLE", text, factsOf(message));
}

export function goneConsumer(message: Delivered, cause: unknown): JetStreamError {
  const { stream, consumer } = message;
  const text = `nobody takes the ack of ${named(message)}: the consumer "${consumer}" of the stream "${stream}" has gone, or takes no acks`;
  return new JetStreamError("CONSUMER_NOT_FOUND", text, { ...factsOf(message), cause });
}

export function notJetStream({ subject, reply }: Message): JetStreamError {
  const found = reply === undefined ? "it has no reply subject" : `its reply subject is "${reply}"`;
  const text = `the message on "${subject}" was not delivered by a consumer: ${found}`;
  return new JetStreamError("NOT_A_JETSTREAM_MESSAGE", text, { subject });
}

function named({ seq, subject }: Delivered): string {
  return `message ${seq} on "${subject}"`;
}

function factsOf({ subject, stream, consumer }: Delivered) {
  return { subject, stream, consumer };
}

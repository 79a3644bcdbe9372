import { isMessage, type Message } from "../../core/message.ts";
import { wrongValue } from "../../core/checks.ts";
import type { Context } from "../context.ts";
import { AckReply } from "./ack-reply.ts";
import { JetStreamMessage } from "./jetstream-message.ts";
import { notJetStream } from "./message-errors.ts";

/** `JetStream.message`: a message that came by a core subscription, with its acks. */
export function fromCore(context: Context, message: Message): JetStreamMessage {
  if (!isMessage(message)) throw wrongValue("message", "a message", message);
  if (message.readReply(AckReply.read) === undefined) throw notJetStream(message);
  return new JetStreamMessage(message, { context, schema: undefined, takesAcks: true });
}

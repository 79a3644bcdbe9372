import { invalidOption } from "../../core/checks.ts";
import type { Payload } from "../../core/message.ts";
import { checkPayload } from "../../core/outbound/payload.ts";
import type { MessageHeaders } from "../../core/protocol/headers.ts";
import { writeValue } from "../../core/values/values.ts";
import type { CheckedMessageOptions } from "./check-message-options.ts";
import { hasMsgId, messageHeaders } from "./message-headers.ts";

/** A message as it travels. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly payload: Payload;
  readonly headers: MessageHeaders | undefined;
  /** It may be published again without being stored again. */
  readonly hasMsgId: boolean;
}

/** Makes the message for a call. Throws `INVALID_PAYLOAD`, `INVALID_OPTION`, `INVALID_VALUE` or `INVALID_HEADER`. */
export function outgoingMessage(
  subject: string,
  data: unknown,
  options: CheckedMessageOptions,
): OutgoingMessage {
  const { schema, increment } = options;
  const payload = schema === undefined ? (data as Payload) : writeValue(schema, data as never, { subject });
  checkPayload(payload, subject);
  // JS-PUBERR-21
  if (increment !== undefined && payload !== undefined && payload.length > 0) {
    throw invalidOption("increment", "it takes the place of a payload: there must be none");
  }
  return { subject, payload, headers: messageHeaders(subject, options), hasMsgId: hasMsgId(options) };
}

/** The payload, with a copy of its bytes: the application may use its array again. */
export function ownPayload(payload: Payload): Payload {
  return typeof payload === "object" ? new Uint8Array(payload) : payload;
}
